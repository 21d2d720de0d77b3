// The first instructions on arm64: from the Image header to C++ in the high half.
//
//     loader -> image_header -> to EL2 with VHE, or EL1 -> clear BSS -> first page tables -> MMU on -> jump high -> platform_entry
//
// Until the MMU is on the program counter is a physical address, so that only pc-relative addresses (adr, adrp) are right.
// x20 = device tree, x21 = physical start of the image, both kept for platform_entry. A CPU that smp.cpp starts goes the
// same way from the exception level on, with tables that are there already; its x20 = its CpuLocal.

.arch_extension pan

.equ HCR_HOST, (1 << 34) | (1 << 31) | (1 << 27)   // E2H, RW, TGE
.equ HCR_LEVEL_1_IS_64_BIT, 1 << 31                // RW
.equ CNTHCTL_LEVEL_1_ACCESS, 3                     // EL1 may use the physical counter and timer
.equ CPTR_NO_TRAPS, 0x33ff                         // Only the bits that read as one
.equ ICC_SRE_ENABLE, 0xf                           // System registers for the GIC, at EL2 and below
.equ SPSR_LEVEL_1_MASKED, 0x3c5                    // EL1 with its own stack pointer, DAIF set
.equ SCTLR_RESET, 0x30d00800                       // The bits that read as one (Arm ARM D13.2.118)
.equ SCTLR_MMU_ON, SCTLR_RESET | (1 << 12) | (1 << 4) | (1 << 3) | (1 << 2) | (1 << 0) // I, SA0, SA, C, M
.equ SCTLR_USER_MAY_WAIT, (1 << 18) | (1 << 16)    // nTWE, nTWI: until the next event or interrupt, no longer
.equ SCTLR_SPAN, 1 << 23                           // PAN is left as it is by an exception
.equ STACK_RESERVE, 16                             // platform::kernel_stack_reserve
.equ STACK_SIZE, 16 * 1024                         // hal::kernel_stack_size
.equ MAIR_VALUE, 0x04ff                            // 0: normal, write-back; 1: Device-nGnRE
// Both halves: 48 bits, 4 KiB granule, walks cached and inner shareable.
.equ TCR_VALUE, (16 << 0) | (1 << 8) | (1 << 10) | (3 << 12) | (16 << 16) | (1 << 24) | (1 << 26) | (3 << 28) | (2 << 30)
.equ DESCRIPTOR_TABLE, 3
.equ BLOCK_MEMORY, (1 << 0) | (3 << 8) | (1 << 10) // Present, inner shareable, accessed; memory type 0
.equ BLOCK_DEVICE, (1 << 0) | (1 << 2) | (1 << 10) | (3 << 53) // Memory type 1, never executed

// The Linux Image header (Linux, Documentation/arm64/booting.rst): it is what makes a loader hand over the device tree in x0.
.section .text.header, "ax"
.global image_header
image_header:
    b       start
    nop
    .quad   0                       // text_offset: 2 MiB-aligned memory, at its start
    .quad   kernel_image_size
    .quad   0xa                     // little-endian, 4 KiB pages, anywhere in memory
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0

.section .text.boot, "ax"
start:
    msr     daifset, #0xf
    mov     x20, x0
    adr     x21, image_header
    bl      choose_exception_level
    bl      clear_bss
    bl      build_first_tables
    adrp    x22, kernel_root
    bl      enable_mmu

    // The program counter is still the identity map's: go on at the address that the kernel was linked for.
    ldr     x0, =high
    br      x0
high:
    ldr     x0, =kernel_boot_stack_end - STACK_RESERVE
    mov     sp, x0
    mov     x29, xzr                // A backtrace ends here.
    mov     x30, xzr
    mov     x0, x20
    mov     x1, x21
    b       platform_entry

// Where PSCI lets a CPU begin, MMU and caches off (Arm DEN 0022, 6.4). Its x0 is what smp.cpp asked for.
.global start_secondary
start_secondary:
    msr     daifset, #0xf
    mov     x20, x0
    bl      choose_exception_level
    adrp    x0, secondary_kernel_root
    ldr     x22, [x0, :lo12:secondary_kernel_root]
    bl      enable_mmu
    ldr     x0, =secondary_high
    br      x0
secondary_high:
    add     x0, x20, #STACK_SIZE
    sub     sp, x0, #STACK_RESERVE
    mov     x29, xzr
    mov     x30, xzr
    b       platform_secondary_entry

// At EL2 on a CPU with VHE the kernel stays there, a host that can have guests: E2H makes EL1 names mean EL2's registers
// (Arm ARM D5.6). Without VHE it drops to EL1. Where it entered at EL1 it stays.
choose_exception_level:
    mrs     x0, CurrentEL
    cmp     x0, #(2 << 2)
    b.ne    at_level_1
    mrs     x0, id_aa64mmfr1_el1
    ubfx    x0, x0, #8, #4          // VH
    cbz     x0, drop_to_level_1

    ldr     x0, =HCR_HOST
    msr     hcr_el2, x0
    isb
    msr     cntvoff_el2, xzr
    b       enable_gic_registers

drop_to_level_1:
    ldr     x0, =HCR_LEVEL_1_IS_64_BIT
    msr     hcr_el2, x0
    mov     x0, #CNTHCTL_LEVEL_1_ACCESS
    msr     cnthctl_el2, x0
    msr     cntvoff_el2, xzr
    mov     x0, #CPTR_NO_TRAPS
    msr     cptr_el2, x0
    ldr     x0, =SCTLR_RESET
    msr     sctlr_el1, x0
    mov     x0, #SPSR_LEVEL_1_MASKED
    msr     spsr_el2, x0
    msr     elr_el2, x30            // eret goes where ret would have gone, but at EL1.
    mov     x1, x30
    bl      enable_gic_registers
    mov     x30, x1
    eret

enable_gic_registers:
    mrs     x0, id_aa64pfr0_el1
    ubfx    x0, x0, #24, #4         // GIC: system registers exist
    cbz     x0, at_level_1
    mov     x0, #ICC_SRE_ENABLE
    msr     icc_sre_el2, x0
    isb
at_level_1:
    ret

// Everything behind the file's own bytes: BSS, the stacks, and with them the boot CPU's CpuLocal.
clear_bss:
    adrp    x0, kernel_bss_start
    add     x0, x0, :lo12:kernel_bss_start
    adrp    x1, kernel_image_end
    add     x1, x1, :lo12:kernel_image_end
1:  stp     xzr, xzr, [x0], #16
    cmp     x0, x1
    b.lo    1b
    ret

// Three views, by blocks; kernel/memory replaces them by exact ones:
//   identity     the GiB that holds the image, so that the instruction after enabling the MMU is fetched
//   direct map   that GiB and the device tree's as memory, the first GiB as device registers (early console)
//   image        8 blocks of 2 MiB from the image's start, at the address it was linked for
build_first_tables:
    adrp    x0, identity_root
    adrp    x1, identity_gigabytes
    orr     x2, x1, #DESCRIPTOR_TABLE
    str     x2, [x0]
    lsr     x3, x21, #30            // The image's GiB
    ldr     x4, =BLOCK_MEMORY
    orr     x4, x4, x3, lsl #30
    str     x4, [x1, x3, lsl #3]

    adrp    x0, kernel_root
    adrp    x1, direct_gigabytes
    orr     x2, x1, #DESCRIPTOR_TABLE
    str     x2, [x0]
    ldr     x5, =BLOCK_DEVICE
    str     x5, [x1]
    str     x4, [x1, x3, lsl #3]
    lsr     x3, x20, #30            // The device tree's GiB
    cbz     x3, 1f
    ldr     x4, =BLOCK_MEMORY
    orr     x4, x4, x3, lsl #30
    str     x4, [x1, x3, lsl #3]

1:  adrp    x1, image_gigabytes     // 0xffffffff80000000: entry 511 of the root, 510 of the next table
    orr     x2, x1, #DESCRIPTOR_TABLE
    str     x2, [x0, #(511 * 8)]
    adrp    x2, image_blocks
    orr     x3, x2, #DESCRIPTOR_TABLE
    str     x3, [x1, #(510 * 8)]
    ldr     x4, =BLOCK_MEMORY
    orr     x4, x4, x21
    mov     x5, #8
2:  str     x4, [x2], #8
    add     x4, x4, #(2 << 20)
    subs    x5, x5, #1
    b.ne    2b
    ret

// x22 = the kernel's root. The identity map, in the lower half, is given up by C++.
enable_mmu:
    ldr     x0, =MAIR_VALUE
    msr     mair_el1, x0
    ldr     x0, =TCR_VALUE
    mrs     x1, id_aa64mmfr0_el1    // PARange: how many physical address bits there are
    ubfx    x1, x1, #0, #4
    mov     x2, #5                  // At most 48 bits: this descriptor format has no more.
    cmp     x1, x2
    csel    x1, x1, x2, lo
    bfi     x0, x1, #32, #3
    mrs     x1, id_aa64mmfr0_el1
    ubfx    x1, x1, #5, #1          // ASIDBits is 2 for 16 bits, else 0.
    bfi     x0, x1, #36, #1         // AS
    msr     tcr_el1, x0
    adrp    x0, identity_root
    msr     ttbr0_el1, x0
    msr     ttbr1_el1, x22
    isb
    tlbi    vmalle1
    dsb     nsh
    msr     cpacr_el1, xzr          // The kernel uses no FP or SIMD registers; doing so is a fault.
    ldr     x0, =SCTLR_MMU_ON | SCTLR_USER_MAY_WAIT
    mrs     x1, id_aa64mmfr1_el1
    ubfx    x1, x1, #20, #4         // PAN: user memory can be closed to the kernel
    cbz     x1, 1f
    bic     x0, x0, #SCTLR_SPAN     // Each exception sets it, and so does this.
    msr     pan, #1
1:  msr     sctlr_el1, x0
    isb
    ret

// Cleared with the rest of BSS, just before they are filled.
.section .bss.boot_tables, "aw", %nobits
.balign 4096
identity_root:      .skip 4096
identity_gigabytes: .skip 4096
kernel_root:        .skip 4096
direct_gigabytes:   .skip 4096
image_gigabytes:    .skip 4096
image_blocks:       .skip 4096
.global empty_root
empty_root:         .skip 4096      // For C++: what the lower half is translated by while there is no user space.
