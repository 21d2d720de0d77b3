// The first instructions on rv64: from the Image header to C++ in the high half.
//
//     firmware -> image_header -> clear BSS -> first page tables -> MMU on, high -> platform_entry
//     start_cpu -> image_header --------------> start_hart ------> MMU on, high -> platform_hart_entry
//
// All harts enter at image_header: the first one boots, the one that start_cpu names goes on to start_hart, others are parked.
// OpenSBI 1.1 lets a hart go before it has written down where to (sbi_hsm_hart_start: the state first, then address and
// argument), so that a hart may begin where and with what it did before. It must make no difference.
//
// Until the MMU is on the program counter is a physical address, so that only pc-relative addresses (lla) are right.
// s1 = device tree, s2 = physical start of the image, s3 = number of this hart, all kept for platform_entry.
//
// No table maps the physical addresses that the first instructions run at. Turning the MMU on therefore ends in a page
// fault at the next instruction, and stvec has been told where to go on: in the high half (Privileged 4.1.2, 4.1.11).

.equ SSTATUS_CLEARED, (1 << 19) | (1 << 18) | (3 << 13) | (3 << 9) | (1 << 1) // MXR, SUM, FS, VS, SIE
.equ SATP_SV39, 8
.equ SATP_SV48, 9
.equ STACK_SIZE, 16 * 1024               // hal::kernel_stack_size
.equ TOP_SIZE, 16                        // platform::top_of_stack
.equ ENTRY_TABLE, 1
.equ LEAF_MEMORY, (1 << 7) | (1 << 6) | (1 << 2) | (1 << 1) | (1 << 0) // Dirty, accessed, writable, readable, valid
.equ LEAF_IMAGE, LEAF_MEMORY | (1 << 3)                                // … and executable
.equ DIRECT_MAP_INDEX, 256               // 0xffffffc000000000: where in the root its first GiB stands
.equ IMAGE_INDEX, 510                    // 0xffffffff80000000
.equ LAST_INDEX, 511                     // 0xffffff8000000000 and on, in the root of Sv48

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
// Takes effect at once: the next instruction runs only where the CPU does not have the mode.
.macro TRANSLATE_BY root, mode
    lla     t0, \root
    srli    t0, t0, 12
    li      t1, \mode
    slli    t1, t1, 60
    or      t0, t0, t1
    csrw    satp, t0
.endm

start:
    csrw    sie, zero
    li      t0, SSTATUS_CLEARED
    csrc    sstatus, t0
    lla     t0, boot_has_begun
    li      t1, 1
    amoswap.w.aqrl t1, t1, (t0)
    bnez    t1, start_hart
    mv      s1, a1
    lla     s2, image_header
    mv      s3, a0
    call    clear_bss
    call    build_first_tables

    // satp ignores a mode that the CPU does not have (Privileged 4.1.11): where Sv48 is not there, Sv39 is next.
    ld      t0, address_of_high
    csrw    stvec, t0
    sfence.vma
    TRANSLATE_BY wide_root, SATP_SV48
    TRANSLATE_BY kernel_root, SATP_SV39
    j       park_hart

.balign 4                               // stvec's lowest bits choose a mode: 0 is "direct".
high:
    sfence.vma
    lla     t0, park_hart               // What fails before trap_initialize stops here.
    csrw    stvec, t0
    lla     sp, kernel_boot_stack_end - TOP_SIZE
    mv      s0, zero                    // A backtrace ends here.
    mv      ra, zero
    mv      gp, zero                    // Not used: the kernel is linked without relaxation.
    mv      tp, zero
    mv      a0, s1
    mv      a1, s2
    mv      a2, s3
    tail    platform_entry

// Another hart, with the MMU off. a1 = its CpuLocal, at the base of its stack.
start_hart:
    lla     t0, hart_to_start
    ld      t1, 0(t0)
    bne     t1, a0, park_hart
    ld      a1, 8(t0)
    ld      t0, address_of_hart_high
    csrw    stvec, t0
    ld      t0, satp_of_started_harts
    sfence.vma
    csrw    satp, t0
    j       park_hart                   // It cannot translate as the boot hart does.

.balign 4
hart_high:
    sfence.vma
    lla     t0, park_hart
    csrw    stvec, t0
    li      t0, STACK_SIZE - TOP_SIZE
    add     sp, a1, t0
    mv      s0, zero
    mv      ra, zero
    mv      gp, zero
    tail    platform_hart_entry

.balign 8
address_of_high: .quad high
address_of_hart_high: .quad hart_high

// Everything behind the file's own bytes: BSS, the stacks, and with them the boot CPU's CpuLocal.
clear_bss:
    lla     t0, kernel_bss_start
    lla     t1, kernel_image_end
1:  sd      zero, 0(t0)
    addi    t0, t0, 8
    bltu    t0, t1, 1b
    ret

// Two views, by large leaves; kernel/memory replaces them by exact ones:
//   direct map   the GiB that holds the image, the device tree's, and the first for device registers (early console)
//   image        8 leaves of 2 MiB from the image's start, at the address it was linked for
// The root of Sv39 is also the last table below the root of Sv48: both translate the high half alike.
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
    lla     t1, wide_root
    srli    t2, t0, 2
    ori     t2, t2, ENTRY_TABLE
    li      t3, LAST_INDEX * 8
    add     t3, t3, t1
    sd      t2, 0(t3)

    li      t3, DIRECT_MAP_INDEX * 8
    add     t3, t3, t0                  // The entry that maps physical address 0
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

// Where a hart begins that nobody has started yet: it gives itself back to firmware (SBI 1.0, 9.2: hart_stop). Stopped,
// it sleeps, and can be started for good.
.balign 4
.global park_hart
park_hart:
    csrw    sie, zero
    li      a7, 0x48534d                // Extension HSM
    li      a6, 1
    ecall
1:  wfi                                 // Firmware would not have it.
    j       1b

// Not in BSS, which the first hart clears after it has set it.
.section .data.boot, "aw"
.balign 4
boot_has_begun: .word 0

// Cleared with the rest of BSS, just before they are filled.
.section .bss.boot_tables, "aw", %nobits
.balign 4096
wide_root:      .skip 4096
kernel_root:    .skip 4096
image_leaves:   .skip 4096
