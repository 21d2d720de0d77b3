// The way back to user mode: C++ says whose registers to go on with, and they are taken out of its context.
//
// Arrived at from trap.S with x0 = the running thread's UserContext, its registers saved, and the kernel stack empty.
// platform/arm64/context.h has the layout. Nothing here may fault, for SP is no stack any more.

.equ CONTEXT_X30_SP, 30 * 8
.equ CONTEXT_PC_STATUS, 32 * 8

// What the kernel owes (hal/trap.h), and enter_user (hal/context.h), as the compiler calls them.
.equ on_system_call, _ZN3hal14on_system_callERN8platform11UserContextE
.equ on_user_interrupt, _ZN3hal17on_user_interruptERN8platform11UserContextE
.equ enter_user, _ZN3hal10enter_userERN8platform11UserContextE

.section .text
.global user_fault
user_fault:                         // x9 = ESR_ELx
    mov     x1, x9
    mrs     x2, far_el1
    bl      platform_user_fault
    b       enter_user

.global user_interrupt
user_interrupt:
    bl      on_user_interrupt
    b       enter_user

// The shortest way is the system call's, which falls through.
.global user_system_call
user_system_call:
    bl      on_system_call

// x0 = the UserContext to go on with. The 23 instructions from here on are half of a system call's own cost.
.global _ZN3hal10enter_userERN8platform11UserContextE
_ZN3hal10enter_userERN8platform11UserContextE:
    // [lab 9: take the registers back]
    mov     sp, x0                  // Where the next exception from user mode saves registers.
    ldp     x1, x2, [x0, #CONTEXT_PC_STATUS]
    msr     elr_el1, x1             // eret takes pc and PSTATE from these (Arm ARM C6.2.94).
    msr     spsr_el1, x2
    ldp     x30, x1, [x0, #CONTEXT_X30_SP]
    msr     sp_el0, x1
    msr     tpidr_el0, xzr          // Of whichever thread wrote it, no other one learns anything.
    ldp     x28, x29, [x0, #224]
    ldp     x26, x27, [x0, #208]
    ldp     x24, x25, [x0, #192]
    ldp     x22, x23, [x0, #176]
    ldp     x20, x21, [x0, #160]
    ldp     x18, x19, [x0, #144]
    ldp     x16, x17, [x0, #128]
    ldp     x14, x15, [x0, #112]
    ldp     x12, x13, [x0, #96]
    ldp     x10, x11, [x0, #80]
    ldp     x8, x9, [x0, #64]
    ldp     x6, x7, [x0, #48]
    ldp     x4, x5, [x0, #32]
    ldp     x2, x3, [x0, #16]
    ldp     x0, x1, [x0]
    eret                            // Synchronises all system registers written before (Arm ARM D1.13.4).
    // [/lab]
