// Interrupt and exception vectors of x64 (Intel SDM 3A, 6.12 and 6.14), and the way into C++.
//
// Vectors 0 to 31 are exceptions. The kernel never causes one on purpose, so that each is fatal: the IDT makes the
// CPU switch to the emergency stack, even when the stack itself was the cause, and nothing returns.
//
// Vectors from 32 on are interrupts. The kernel takes them only where it waits (platform::Cpu::idle), so that it is
// enough to record the vector and to go back with interrupts masked: claim_interrupt does the rest.

.equ VECTORS_WITH_ERROR_CODE, 0x60227d00 // 8, 10-14, 17, 21, 29, 30: the CPU pushes one
.equ FLAG_INTERRUPT, 1 << 9

.section .text
.balign 16
.global trap_vectors
trap_vectors:
.set vector, 0
.rept 32
    .balign 16
    .if ((VECTORS_WITH_ERROR_CODE >> vector) & 1) == 0
    pushq   $0                      // The same frame for all
    .endif
    pushq   $vector
    jmp     save_frame
    .set vector, vector + 1
.endr
.rept 256 - 32
    .balign 16
    pushq   $0
    pushq   $vector
    jmp     record_vector
    .set vector, vector + 1
.endr

// On the stack: vector, error code, rip, cs, rflags, rsp, ss. Completes it to a platform::TrapFrame.
.balign 16
save_frame:
    pushq   %rax
    pushq   %rcx
    pushq   %rdx
    pushq   %rbx
    pushq   %rbp
    pushq   %rsi
    pushq   %rdi
    pushq   %r8
    pushq   %r9
    pushq   %r10
    pushq   %r11
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    movq    %cr4, %rax
    pushq   %rax
    movq    %cr3, %rax
    pushq   %rax
    movq    %cr2, %rax
    pushq   %rax
    movq    %cr0, %rax
    pushq   %rax
    cld
    movq    %rsp, %rdi
    call    platform_trap

// The same stack; all registers are the interrupted code's.
.balign 16
record_vector:
    popq    recorded_vector
    addq    $8, %rsp
    andq    $~FLAG_INTERRUPT, 16(%rsp)
    iretq
