// Exception vectors of arm64 (Arm ARM D1.10.2), and the way into C++.
//
// The kernel runs with interrupts masked and never faults on purpose, so that whatever arrives here from its own level is
// fatal. It is therefore always handled on the emergency stack, even when the stack itself was the cause, and TPIDR_EL0 may
// serve as scratch: nothing returns.

.equ FRAME_SIZE, 36 * 8             // platform::TrapFrame

.macro VECTOR number
.balign 0x80
    msr     tpidr_el0, x0
    ldr     x0, =kernel_emergency_stack_end - FRAME_SIZE
    str     x1, [x0, #8]
    mov     x1, #\number
    b       save_frame
.endm

.section .text
.balign 0x800
.global trap_vectors
trap_vectors:
    VECTOR 0                        // Current level, with SP_EL0: synchronous, IRQ, FIQ, SError
    VECTOR 1
    VECTOR 2
    VECTOR 3
    VECTOR 4                        // Current level, with SP_ELx
    VECTOR 5
    VECTOR 6
    VECTOR 7
    VECTOR 8                        // Lower level, AArch64
    VECTOR 9
    VECTOR 10
    VECTOR 11
    VECTOR 12                       // Lower level, AArch32
    VECTOR 13
    VECTOR 14
    VECTOR 15

// x0 = frame, x1 = vector number; x0 itself is in TPIDR_EL0, x1 is saved.
.balign 0x80
save_frame:
    stp     x2, x3, [x0, #16]
    stp     x4, x5, [x0, #32]
    stp     x6, x7, [x0, #48]
    stp     x8, x9, [x0, #64]
    stp     x10, x11, [x0, #80]
    stp     x12, x13, [x0, #96]
    stp     x14, x15, [x0, #112]
    stp     x16, x17, [x0, #128]
    stp     x18, x19, [x0, #144]
    stp     x20, x21, [x0, #160]
    stp     x22, x23, [x0, #176]
    stp     x24, x25, [x0, #192]
    stp     x26, x27, [x0, #208]
    stp     x28, x29, [x0, #224]
    mrs     x2, tpidr_el0
    str     x2, [x0]
    mov     x3, sp
    stp     x30, x3, [x0, #240]
    mrs     x2, elr_el1
    mrs     x3, spsr_el1
    stp     x2, x3, [x0, #256]
    mrs     x2, esr_el1
    mrs     x3, far_el1
    stp     x2, x3, [x0, #272]
    mov     sp, x0
    b       platform_trap
