// The first instructions on rv64: from the Image header to C++ in the high half.
//
//     firmware -> image_header -> clear BSS -> first page tables -> MMU on -> jump high -> platform_entry
//
// Until the MMU is on the program counter is a physical address, so that only pc-relative addresses (lla) are right.
// s1 = device tree, s2 = physical start of the image, s3 = number of this hart, all kept for platform_entry.

.equ SSTATUS_CLEARED, (1 << 19) | (1 << 18) | (3 << 13) | (1 << 1) // MXR, SUM, FS, SIE
.equ SATP_SV39, 8
.equ ENTRY_TABLE, 1
.equ LEAF_MEMORY, (1 << 7) | (1 << 6) | (1 << 2) | (1 << 1) | (1 << 0) // Dirty, accessed, writable, readable, valid
.equ LEAF_IMAGE, LEAF_MEMORY | (1 << 3)                                // … and executable
.equ DIRECT_MAP_INDEX, 256               // 0xffffffc000000000: where in the root its first GiB stands
.equ IMAGE_INDEX, 510                    // 0xffffffff80000000

// The Image header (Linux, Documentation/riscv/boot-image-header.rst), for loaders that look for one.
.section .text.header, "ax"
.global image_header
image_header:
.option push
.option norvc                           // The header has room for two instructions of four bytes.
    j       start
    nop
.option pop
    .quad   0x200000                    // text_offset: firmware lies at the start of memory
    .quad   kernel_image_size
    .quad   0                           // little-endian
    .long   2, 0                        // version 0.2
    .quad   0
    .ascii  "RISCV\0\0\0"
    .ascii  "RSC\x05"
    .long   0

.section .text.boot, "ax"
start:
    csrw    sie, zero
    li      t0, SSTATUS_CLEARED
    csrc    sstatus, t0
    mv      s1, a1
    lla     s2, image_header
    mv      s3, a0
    call    clear_bss
    call    build_first_tables
    call    enable_mmu

    // The program counter is still the identity map's: go on at the address that the kernel was linked for.
    ld      t0, address_of_high
    jr      t0
high:
    call    drop_identity
    lla     sp, kernel_boot_stack_end
    mv      s0, zero                    // A backtrace ends here.
    mv      ra, zero
    mv      gp, zero                    // Not used: the kernel is linked without relaxation.
    mv      tp, zero
    mv      a0, s1
    mv      a1, s2
    mv      a2, s3
    tail    platform_entry

.balign 8
address_of_high: .quad high

// Everything behind the file's own bytes: BSS, the stacks, and with them the boot CPU's CpuLocal.
clear_bss:
    lla     t0, kernel_bss_start
    lla     t1, kernel_image_end
1:  sd      zero, 0(t0)
    addi    t0, t0, 8
    bltu    t0, t1, 1b
    ret

// Three views, by large leaves; kernel/memory replaces them by exact ones:
//   identity     the GiB that holds the image, so that the instruction after enabling the MMU is fetched
//   direct map   that GiB and the device tree's, and the first GiB for device registers (early console)
//   image        8 leaves of 2 MiB from the image's start, at the address it was linked for
// An entry holds the physical page number from bit 10 on: it is an address moved right by 2. Nothing here tells memory from
// device registers: the physical address alone does.
.macro MAP_GIGABYTE_OF address, table, flags
    srli    t1, \address, 30
    slli    t2, t1, 28
    ori     t2, t2, \flags
    slli    t1, t1, 3
    add     t1, t1, \table
    sd      t2, 0(t1)
.endm

build_first_tables:
    lla     t0, kernel_root
    li      t3, DIRECT_MAP_INDEX * 8
    add     t3, t3, t0                  // The entry that maps physical address 0
    MAP_GIGABYTE_OF s2, t0, LEAF_IMAGE
    MAP_GIGABYTE_OF zero, t3, LEAF_MEMORY
    MAP_GIGABYTE_OF s1, t3, LEAF_MEMORY
    MAP_GIGABYTE_OF s2, t3, LEAF_MEMORY

    lla     t1, image_leaves
    srli    t2, t1, 2
    ori     t2, t2, ENTRY_TABLE
    li      t3, IMAGE_INDEX * 8
    add     t3, t3, t0
    sd      t2, 0(t3)
    srli    t2, s2, 2
    ori     t2, t2, LEAF_IMAGE
    li      t3, 8
    li      t4, (2 << 20) >> 2
1:  sd      t2, 0(t1)
    addi    t1, t1, 8
    add     t2, t2, t4
    addi    t3, t3, -1
    bnez    t3, 1b
    ret

enable_mmu:
    lla     t0, kernel_root
    srli    t0, t0, 12
    li      t1, SATP_SV39
    slli    t1, t1, 60
    or      t0, t0, t1
    sfence.vma
    csrw    satp, t0
    sfence.vma
    ret

// From here on low addresses fault, as null pointers should.
drop_identity:
    lla     t0, kernel_root
    srli    t1, s2, 30
    slli    t1, t1, 3
    add     t0, t0, t1
    sd      zero, 0(t0)
    sfence.vma
    ret

// Where a hart begins that has nothing to do, with the MMU off: it sleeps for good.
.global idle_hart
idle_hart:
    csrw    sie, zero
1:  wfi
    j       1b

// Cleared with the rest of BSS, just before they are filled.
.section .bss.boot_tables, "aw", %nobits
.balign 4096
kernel_root:    .skip 4096
image_leaves:   .skip 4096
