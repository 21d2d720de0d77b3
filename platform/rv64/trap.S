// The trap vector of rv64 (RISC-V Privileged 4.1.2): the way from user mode into C++ and back, and where the kernel ends that
// has itself caused an exception.
//
//                   user mode                       kernel
//     sscratch      the thread's UserContext        0
//     tp            the thread's                    the top of this hart's kernel stack
//
// sp starts at that top. The word there is the end of the emergency stack. It is not taken from CpuLocal, at the stack's other
// end, which a stack that overflows destroys before it reaches the guard page.
//
// A trap clears sstatus.SIE and notes in SPP where it came from (4.1.1). The kernel never faults on purpose and takes no
// interrupt, so that SPP stays "user" from the first enter_user on, and nothing here has to save sstatus.

.equ CONTEXT_PC, 32 * 8                 // platform::UserContext
.equ CONTEXT_KERNEL_STACK, 33 * 8
.equ FRAME_SIZE, 36 * 8                 // hal::TrapFrame
.equ CALL_FROM_USER, 8                  // scause (4.1.8)

.section .text
.balign 4                               // stvec's lowest bits choose a mode: 0 is "direct", all causes come here.
.global trap_vector
trap_vector:
    csrrw   a0, sscratch, a0
    beqz    a0, trap_from_kernel

    // All of the thread's registers into its context; then the kernel's own: tp, sp, and no caller for a backtrace.
    .irp number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    sd      x\number, \number * 8(a0)
    .endr
    csrrw   t0, sscratch, zero
    csrr    t1, scause
    csrr    t2, sepc
    sd      t0, 10 * 8(a0)
    ld      tp, CONTEXT_KERNEL_STACK(a0)
    mv      sp, tp
    mv      s0, zero
    li      t0, CALL_FROM_USER
    bne     t1, t0, not_a_call

    addi    t2, t2, 4                   // sepc is that of the ECALL itself (3.3.1).
    sd      t2, CONTEXT_PC(a0)
    jal     _ZN3hal14on_system_callERN8platform11UserContextE

// a0 = whose registers to go on with. The SC, to a word that is 0 anyway, ends the reservation of an LR: the thread that goes
// on must not have its SC succeed by another one's LR (Unprivileged 8.2).
.global restore_user
restore_user:
    // [lab 9: take the registers back]
    ld      t0, CONTEXT_PC(a0)
    sc.d    zero, zero, (a0)
    csrw    sepc, t0
    sd      tp, CONTEXT_KERNEL_STACK(a0)
    csrw    sscratch, a0
    .irp number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 10
    ld      x\number, \number * 8(a0)
    .endr
    sret
    // [/lab]

not_a_call:
    sd      t2, CONTEXT_PC(a0)
    jal     platform_user_trap
    j       restore_user

// sscratch holds the kernel's a0, and from then on its sp: the stack may be what is wrong, so another one is used.
trap_from_kernel:
    csrrw   a0, sscratch, sp
    ld      sp, 0(tp)
    addi    sp, sp, -FRAME_SIZE
    sd      zero, 0(sp)
    .irp number, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    sd      x\number, \number * 8(sp)
    .endr
    csrrw   t0, sscratch, zero          // What fails from here on is the kernel's, too.
    sd      t0, 2 * 8(sp)
    csrr    t0, sepc
    csrr    t1, sstatus
    csrr    t2, scause
    csrr    t3, stval
    sd      t0, 32 * 8(sp)
    sd      t1, 33 * 8(sp)
    sd      t2, 34 * 8(sp)
    sd      t3, 35 * 8(sp)
    mv      a0, sp
    tail    platform_trap
