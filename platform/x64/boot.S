// The first instructions on x64: from a PVH loader's 32-bit mode to C++ in the high half.
//
//     loader -> start -> clear BSS -> first page tables -> long mode -> jump high -> platform_entry
//     SIPI -> trampoline, in real mode -> secondary ----------> long mode -> jump high -> platform_secondary_entry
//
// Until the jump the CPU runs at physical addresses, below the ones that the kernel is linked for by IMAGE_OFFSET,
// and cannot hold a 64-bit number. ebx = the loader's start_info, kept for platform_entry.
// (PVH: Xen, docs/misc/pvh.pandoc)

.equ IMAGE_OFFSET, 0xffffffff80000000
.equ PHYSICAL_ADDRESS_OF_ENTRY, 18  // XEN_ELFNOTE_PHYS32_ENTRY

.equ PAGE_PRESENT_WRITABLE, 0x3
.equ PAGE_LARGE, 0x80
.equ CR0_PROTECTION, 1 << 0
.equ CR0_MONITOR_COPROCESSOR, 1 << 1
.equ CR0_TASK_SWITCHED, 1 << 3
.equ CR0_NUMERIC_ERROR, 1 << 5
.equ CR0_WRITE_PROTECT, 1 << 16     // Read-only pages bind the kernel too.
.equ CR0_PAGING, 1 << 31
.equ CR0_FP_TRAPPED, CR0_MONITOR_COPROCESSOR | CR0_TASK_SWITCHED | CR0_NUMERIC_ERROR
.equ CR4_PHYSICAL_ADDRESS_EXTENSION, 1 << 5
.equ CR4_PAGE_GLOBAL, 1 << 7
.equ MSR_EFER, 0xc0000080
.equ EFER_LONG_MODE, 1 << 8
.equ EFER_EXECUTE_DISABLE, 1 << 11
.equ FEATURE_LONG_MODE, 1 << 29     // CPUID 80000001, edx
.equ FEATURE_EXECUTE_DISABLE, 1 << 20

// Selectors of boot_gdt
.equ CODE_64, 1 << 3
.equ CODE_32, 2 << 3
.equ DATA_32, 3 << 3

.section .note.pvh, "a", @note
    .long   2f - 1f
    .long   4f - 3f
    .long   PHYSICAL_ADDRESS_OF_ENTRY
1:  .asciz  "Xen"
2:  .balign 4
3:  .quad   start - IMAGE_OFFSET
4:

.section .text.boot, "ax"
.code32
.global start
start:
    cli
    cld
    movl    $(kernel_boot_stack_end - IMAGE_OFFSET), %esp
    call    require_long_mode
    call    clear_bss
    call    build_first_tables
    call    enable_long_mode
    lgdt    boot_gdt_pointer - IMAGE_OFFSET
    ljmp    $CODE_64, $(low - IMAGE_OFFSET)

// Asks for what the rest depends on; a CPU without it would end in a silent reset.
require_long_mode:
    pushl   %ebx
    movl    $0x80000000, %eax
    cpuid
    cmpl    $0x80000001, %eax
    jb      1f
    movl    $0x80000001, %eax
    cpuid
    andl    $(FEATURE_LONG_MODE | FEATURE_EXECUTE_DISABLE), %edx
    cmpl    $(FEATURE_LONG_MODE | FEATURE_EXECUTE_DISABLE), %edx
    jne     1f
    popl    %ebx
    ret
1:  movl    $(complaint - IMAGE_OFFSET), %esi
    movw    $0x3f8, %dx             // The serial console; QEMU's takes characters as fast as they come.
2:  lodsb
    testb   %al, %al
    jz      3f
    outb    %al, %dx
    jmp     2b
3:  cli
    hlt
    jmp     3b
complaint:
    .asciz  "Trivium needs a 64-bit CPU with NX: start QEMU with -cpu qemu64 or -cpu max.\r\n"

// Everything behind the file's own bytes: BSS, the stacks, and with them the boot CPU's CpuLocal. The return address is
// on one of them.
clear_bss:
    popl    %edx
    movl    $(kernel_bss_start - IMAGE_OFFSET), %edi
    movl    $(kernel_image_end - IMAGE_OFFSET), %ecx
    subl    %edi, %ecx
    shrl    $2, %ecx
    xorl    %eax, %eax
    rep stosl
    jmp     *%edx

// Three views, by pages of 2 MiB; kernel/memory replaces them by exact ones:
//   identity     the first 4 GiB, so that the instruction after enabling paging is fetched
//   direct map   the same: early devices, firmware's tables, and memory until the kernel maps all of it
//   image        the first GiB, at the address that it was linked for
build_first_tables:
    movl    $(low_blocks - IMAGE_OFFSET), %edi
    movl    $(PAGE_PRESENT_WRITABLE | PAGE_LARGE), %eax
    movl    $(4 * 512), %ecx
1:  movl    %eax, (%edi)
    addl    $8, %edi
    addl    $(2 << 20), %eax
    loop    1b

    movl    $(low_gigabytes - IMAGE_OFFSET), %edi
    movl    $(low_blocks - IMAGE_OFFSET + PAGE_PRESENT_WRITABLE), %eax
    movl    $4, %ecx
2:  movl    %eax, (%edi)
    addl    $8, %edi
    addl    $4096, %eax
    loop    2b

    movl    $(low_blocks - IMAGE_OFFSET + PAGE_PRESENT_WRITABLE), image_gigabytes - IMAGE_OFFSET + 510 * 8
    movl    $(low_gigabytes - IMAGE_OFFSET + PAGE_PRESENT_WRITABLE), root - IMAGE_OFFSET
    movl    $(low_gigabytes - IMAGE_OFFSET + PAGE_PRESENT_WRITABLE), root - IMAGE_OFFSET + 256 * 8
    movl    $(image_gigabytes - IMAGE_OFFSET + PAGE_PRESENT_WRITABLE), root - IMAGE_OFFSET + 511 * 8
    ret

// The order is the manual's (Intel SDM 3A, 9.8.5).
enable_long_mode:
    movl    $(CR4_PHYSICAL_ADDRESS_EXTENSION | CR4_PAGE_GLOBAL), %eax
    movl    %eax, %cr4
    movl    $(root - IMAGE_OFFSET), %eax
    movl    %eax, %cr3
    movl    $MSR_EFER, %ecx
    rdmsr
    orl     $(EFER_LONG_MODE | EFER_EXECUTE_DISABLE), %eax
    wrmsr
    movl    $(CR0_PROTECTION | CR0_FP_TRAPPED | CR0_WRITE_PROTECT | CR0_PAGING), %eax
    movl    %eax, %cr0
    ret

.code64
low:                                // The program counter is still the identity map's.
    movabsq $high, %rax
    jmpq    *%rax
high:
    movq    $kernel_boot_stack_end, %rsp
    movq    $0, root                // No more identity map
    movq    %cr3, %rax
    movq    %rax, %cr3
    xorl    %ebp, %ebp              // A backtrace ends here.
    pushq   $0
    movl    %ebx, %edi
    jmp     platform_entry

// Another CPU begins here, in real mode: at the start of a page below 1 MiB, where smp.cpp has copied this to (Intel SDM
// 3A, 8.4.4.1). It runs wherever the page is: all that it names lies in its own segment, or in the image.
.code16
.global trampoline_start
trampoline_start:
    cli
    cld
    movw    %cs, %ax
    movw    %ax, %ds
    lgdtl   trampoline_gdt_pointer - trampoline_start
    movl    $CR0_PROTECTION, %eax
    movl    %eax, %cr0
    ljmpl   $CODE_32, $(secondary - IMAGE_OFFSET)
.balign 4
trampoline_gdt_pointer:
    .word   boot_gdt_pointer - boot_gdt - 1
    .long   boot_gdt - IMAGE_OFFSET
.global trampoline_end
trampoline_end:

// In the image, at its physical address. The first tables, which no CPU uses any more, serve once again: smp.cpp starts
// one CPU at a time.
.code32
secondary:
    movw    $DATA_32, %ax
    movw    %ax, %ds
    movw    %ax, %ss
    movl    $(low_gigabytes - IMAGE_OFFSET + PAGE_PRESENT_WRITABLE), root - IMAGE_OFFSET
    movl    $(secondary_call_stack_end - IMAGE_OFFSET), %esp
    call    enable_long_mode
    ljmp    $CODE_64, $(secondary_low - IMAGE_OFFSET)

.code64
secondary_low:
    movabsq $secondary_high, %rax
    jmpq    *%rax
secondary_high:
    movq    secondary_root, %rax
    movq    %rax, %cr3
    xorl    %eax, %eax
    xchgq   %rax, secondary_stack   // smp.cpp waits for that.
    testq   %rax, %rax
    jz      too_late
    movq    %rax, %rsp
    xorl    %ebp, %ebp              // A backtrace ends here.
    pushq   $0
    jmp     platform_secondary_entry
too_late:
    cli
    hlt
    jmp     too_late

// Serves the far jumps; trap_initialize replaces it.
.section .rodata.boot, "a"
.balign 8
boot_gdt:
    .quad   0
    .quad   0x00209b0000000000      // Code: present, ring 0, 64-bit
    .quad   0x00cf9b000000ffff      // Code: present, ring 0, 32-bit, 4 GiB
    .quad   0x00cf93000000ffff      // Data: the same, writable
boot_gdt_pointer:
    .word   . - boot_gdt - 1
    .long   boot_gdt - IMAGE_OFFSET

.section .bss.boot_tables, "aw", @nobits
.balign 4096
root:            .skip 4096
low_gigabytes:   .skip 4096
image_gigabytes: .skip 4096
low_blocks:      .skip 4 * 4096

// What smp.cpp tells the CPU that it starts.
.section .bss.secondary, "aw", @nobits
.balign 8
.global secondary_root
secondary_root:  .skip 8
.global secondary_stack
secondary_stack: .skip 8
    .skip   8
secondary_call_stack_end:
