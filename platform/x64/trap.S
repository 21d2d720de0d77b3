// Interrupt and exception vectors of x64, the entry of system calls (Intel SDM 3A, 6.12, 6.14 and 5.8.8), and the way
// into C++.
//
//     from user mode    registers into the thread's own context, at whose end TSS.RSP0 points; then the kernel stack
//     from the kernel   an exception is fatal, and handled on the emergency stack;
//                       an interrupt comes only where the kernel waits (platform::Cpu::idle), so that it is enough to
//                       record its vector and to go back with interrupts masked: claim_interrupt does the rest
//
// A fault at a kernel stack that is used up cannot be pushed on it and becomes a double fault. That one, NMI and machine
// check, which may come between any two instructions, arrive on the emergency stack, and are fatal from wherever.

.equ EXCEPTIONS, 32
.equ VECTORS_WITH_ERROR_CODE, 0x60227d00 // 8, 10-14, 17, 21, 29, 30: the CPU pushes one
.equ ALWAYS_FATAL, 1 << 2 | 1 << 8 | 1 << 18
.equ FLAG_INTERRUPT, 1 << 9
.equ FLAGS_CLEAR, 1 << 1            // The bit that is always set
.equ USER_PRIVILEGE, 3              // Of the code selector

// platform::UserContext: below the vector lie the general registers, in the order of the pushes.
.equ CONTEXT_VECTOR, 15 * 8
.equ CONTEXT_RIP, 17 * 8
.equ CONTEXT_RFLAGS, 19 * 8
.equ CONTEXT_RSP, 20 * 8
.equ CONTEXT_SIZE, 22 * 8
.equ VECTOR_SYSTEM_CALL, 256

// platform::CpuTables, to which GS points between two SWAPGS
.equ TABLES_USER_CONTEXT_END, 4
.equ TABLES_EMERGENCY_STACK_END, 36
.equ TABLES_USER_STACK, 104
.equ TABLES_KERNEL_STACK_END, 112

.equ KERNEL_STACK_SIZE, 16 * 1024   // hal::kernel_stack_size
.equ CPU_LOCAL_RECORDED_VECTOR, 16  // platform::recorded_vector

// What the kernel owes (hal/trap.h), as the compiler calls it
.equ on_system_call, _ZN3hal14on_system_callERN8platform11UserContextE

// The lower part of a platform::UserContext.
.macro PUSH_GENERAL_REGISTERS
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
.endm

.section .text
.balign 16
.global trap_vectors
trap_vectors:
.set vector, 0
.rept EXCEPTIONS
    .balign 16
    .if ((VECTORS_WITH_ERROR_CODE >> vector) & 1) == 0
    pushq   $0                      // The same frame for all
    .endif
    pushq   $vector
    .if (ALWAYS_FATAL >> vector) & 1
    jmp     kernel_fault
    .else
    jmp     trap_entry
    .endif
    .set vector, vector + 1
.endr
.rept 256 - EXCEPTIONS
    .balign 16
    pushq   $0
    pushq   $vector
    jmp     trap_entry
    .set vector, vector + 1
.endr

// On the stack: vector, error code, rip, cs, rflags, rsp, ss.
.balign 16
trap_entry:
    testb   $USER_PRIVILEGE, 3 * 8(%rsp)
    jz      trap_in_kernel
    PUSH_GENERAL_REGISTERS
    movq    %rsp, %rdi
    swapgs
    movq    %gs:TABLES_KERNEL_STACK_END, %rsp
    swapgs
    pushq   $FLAGS_CLEAR            // Above all direction, and alignment check, which would lift SMAP
    popfq
    xorl    %ebp, %ebp              // A backtrace ends here.
    call    platform_user_trap
    jmp     restore_context

// SYSCALL (Intel SDM 2B) leaves rip in rcx, rflags in r11, and the user's stack in place; MSR_FMASK has cleared the
// flags. C++ keeps rbx: when it gives the same context back, this CPU's tables name it already. If the thread has been on
// another CPU meanwhile and was interrupted there, it needs its rcx and r11: then the vector is another one.
.balign 16
.global system_call_entry
system_call_entry:
    swapgs
    movq    %rsp, %gs:TABLES_USER_STACK
    movq    %gs:TABLES_USER_CONTEXT_END, %rsp
    movq    %rcx, CONTEXT_RIP - CONTEXT_SIZE(%rsp)
    movq    %gs:TABLES_USER_STACK, %rcx
    movq    %rcx, CONTEXT_RSP - CONTEXT_SIZE(%rsp)
    movq    %r11, CONTEXT_RFLAGS - CONTEXT_SIZE(%rsp)
    movq    $VECTOR_SYSTEM_CALL, CONTEXT_VECTOR - CONTEXT_SIZE(%rsp)
    movq    %rax, 14 * 8 - CONTEXT_SIZE(%rsp)
    movq    %rdx, 12 * 8 - CONTEXT_SIZE(%rsp)
    movq    %rbx, 11 * 8 - CONTEXT_SIZE(%rsp)
    movq    %rbp, 10 * 8 - CONTEXT_SIZE(%rsp)
    movq    %rsi, 9 * 8 - CONTEXT_SIZE(%rsp)
    movq    %rdi, 8 * 8 - CONTEXT_SIZE(%rsp)
    movq    %r8, 7 * 8 - CONTEXT_SIZE(%rsp)
    movq    %r9, 6 * 8 - CONTEXT_SIZE(%rsp)
    movq    %r10, 5 * 8 - CONTEXT_SIZE(%rsp)
    movq    %r12, 3 * 8 - CONTEXT_SIZE(%rsp)
    movq    %r13, 2 * 8 - CONTEXT_SIZE(%rsp)
    movq    %r14, 1 * 8 - CONTEXT_SIZE(%rsp)
    movq    %r15, 0 * 8 - CONTEXT_SIZE(%rsp)
    leaq    -CONTEXT_SIZE(%rsp), %rbx
    movq    %gs:TABLES_KERNEL_STACK_END, %rsp
    swapgs
    movq    %rbx, %rdi
    xorl    %ebp, %ebp              // A backtrace ends here.
    call    on_system_call
    cmpq    %rbx, %rax
    jne     restore_context
    cmpq    $VECTOR_SYSTEM_CALL, CONTEXT_VECTOR(%rax)
    je      return_to_system_call
    jmp     restore_context

.balign 16
trap_in_kernel:
    cmpq    $EXCEPTIONS, (%rsp)
    jae     record_vector

// Completes what is on the stack to a hal::TrapFrame, and goes to the emergency stack unless this is it.
kernel_fault:
    PUSH_GENERAL_REGISTERS
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
    swapgs
    movq    %gs:TABLES_EMERGENCY_STACK_END, %rax
    swapgs
    leaq    -1(%rax), %rcx
    xorq    %rsp, %rcx
    cmpq    $KERNEL_STACK_SIZE, %rcx
    cmovaeq %rax, %rsp
    call    platform_kernel_fault

// The same stack; all registers are the interrupted code's.
.balign 16
record_vector:
    pushq   %rax
    pushq   %rcx
    movq    %rsp, %rax
    andq    $-KERNEL_STACK_SIZE, %rax
    movq    2 * 8(%rsp), %rcx
    movq    %rcx, CPU_LOCAL_RECORDED_VECTOR(%rax)
    popq    %rcx
    popq    %rax
    addq    $(2 * 8), %rsp
    andq    $~FLAG_INTERRUPT, 2 * 8(%rsp)
    iretq
