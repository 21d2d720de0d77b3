// The way from the kernel into user mode on x64: registers out of a platform::UserContext.
//
//     hal::enter_user ─┐
//     trap.S ──────────┴─> restore_context ─> return_to_system_call   SYSRETQ, for what a system call saved
//                                          └> iretq                   for all else
//
// GS is the user's while the kernel runs, with base 0; between two SWAPGS it points at this CPU's tables. Interrupts are
// masked, and what cannot be masked (NMI, machine check) is fatal and has a stack of its own: nothing sees GS or RSP
// half-way.
//
// platform/x64/context.h has the layout.

.equ CONTEXT_VECTOR, 15 * 8
.equ CONTEXT_RIP, 17 * 8
.equ CONTEXT_RFLAGS, 19 * 8
.equ CONTEXT_RSP, 20 * 8
.equ CONTEXT_SIZE, 22 * 8
.equ VECTOR_SYSTEM_CALL, 256
.equ TABLES_USER_CONTEXT_END, 4     // platform::CpuTables

.section .text
// [[noreturn]] void hal::enter_user(UserContext& context). Nothing on the kernel stack is needed any more: the next trap
// begins at its top.
.balign 16
.global _ZN3hal10enter_userERN8platform11UserContextE
_ZN3hal10enter_userERN8platform11UserContextE:
    movq    %rdi, %rax

// rax = the context to go on with.
.balign 16
.global restore_context
restore_context:
    leaq    CONTEXT_SIZE(%rax), %rdx
    swapgs
    movq    %rdx, %gs:TABLES_USER_CONTEXT_END
    swapgs
    xorl    %edx, %edx              // Selectors do nothing in 64-bit mode (Intel SDM 3A, 3.4.4), but they can be read:
    movl    %edx, %ds               // none is carried from one thread to another.
    movl    %edx, %es
    movl    %edx, %fs
    movl    %edx, %gs
    cmpq    $VECTOR_SYSTEM_CALL, CONTEXT_VECTOR(%rax)
    je      return_to_system_call
    // [lab 9: take the registers back]
    movq    %rax, %rsp
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %r11
    popq    %r10
    popq    %r9
    popq    %r8
    popq    %rdi
    popq    %rsi
    popq    %rbp
    popq    %rbx
    popq    %rdx
    popq    %rcx
    popq    %rax
    addq    $(CONTEXT_RIP - CONTEXT_VECTOR), %rsp
    iretq
    // [/lab]

// rax = a context that a system call saved, and that this CPU's tables name. SYSRETQ takes rip from rcx and rflags from
// r11, which SYSCALL has destroyed anyway. With an rcx that is not canonical it would fault in the kernel, on the user's
// stack (Intel SDM 2B, SYSRET): this one is the address behind a SYSCALL that was fetched from below 2^38.
.balign 16
.global return_to_system_call
return_to_system_call:
    movq    0 * 8(%rax), %r15
    movq    1 * 8(%rax), %r14
    movq    2 * 8(%rax), %r13
    movq    3 * 8(%rax), %r12
    movq    5 * 8(%rax), %r10
    movq    6 * 8(%rax), %r9
    movq    7 * 8(%rax), %r8
    movq    8 * 8(%rax), %rdi
    movq    9 * 8(%rax), %rsi
    movq    10 * 8(%rax), %rbp
    movq    11 * 8(%rax), %rbx
    movq    12 * 8(%rax), %rdx
    movq    CONTEXT_RIP(%rax), %rcx
    movq    CONTEXT_RFLAGS(%rax), %r11
    movq    CONTEXT_RSP(%rax), %rsp
    movq    14 * 8(%rax), %rax
    sysretq
