// The exception entry of rv64 (RISC-V Privileged 4.1.2), and the way into C++.
//
// The kernel runs with interrupts masked and never faults on purpose, so that whatever arrives here from its own level is
// fatal. It is therefore always handled on the emergency stack, even when the stack itself was the cause; sscratch keeps the
// stack pointer meanwhile. Nothing returns.

.equ FRAME_SIZE, 36 * 8             // hal::TrapFrame

.section .text
.balign 4                           // stvec's lowest bits choose a mode: 0 is "direct", all causes come here.
.global trap_vector
trap_vector:
    csrw    sscratch, sp
    lla     sp, kernel_emergency_stack_end - FRAME_SIZE
    sd      zero, 0(sp)
    .irp number, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    sd      x\number, \number * 8(sp)
    .endr
    csrr    t0, sscratch
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
