// Exceptions on arm64: the vectors, and what comes before C++ (Arm ARM D1.10.2).
//
//     from user mode    SP_ELx points at the running thread's UserContext: registers into it, then onto the kernel stack
//         SVC           -> user_system_call, else -> user_fault      (context.S)
//         IRQ           -> user_interrupt
//     from the kernel   fatal: registers into a frame on the emergency stack -> platform_trap
//
// TPIDR_ELx points at the top word of this CPU's kernel stack, and the word holds the end of its emergency stack: found
// without the stack pointer, and the last that a stack which grows down can overwrite. At EL2 it is TPIDR_EL2, for TPIDR_EL1
// is not redirected but the guests' own; so each level has a table.

.equ FRAME_SIZE, 36 * 8             // platform::TrapFrame
.equ CLASS_SVC, 0x15                // SVC from AArch64 (Arm ARM D13.2.37, ESR_EL1.EC)

// 20 instructions. Flags, which the entry below changes, are in SPSR.
.macro SAVE_USER_REGISTERS
    stp     x0, x1, [sp]
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x19, [sp, #144]
    stp     x20, x21, [sp, #160]
    stp     x22, x23, [sp, #176]
    stp     x24, x25, [sp, #192]
    stp     x26, x27, [sp, #208]
    stp     x28, x29, [sp, #224]
    mrs     x1, sp_el0
    stp     x30, x1, [sp, #240]
    mrs     x1, elr_el1             // Where the exception was, or behind the SVC (Arm ARM D1.10.1).
    mrs     x2, spsr_el1
    stp     x1, x2, [sp, #256]
.endm

// x0 = context, and the kernel stack from its top. A backtrace ends here: x29 is the user's no longer.
.macro ENTER_KERNEL level
    mov     x0, sp
    mrs     x1, tpidr_el\level
    mov     sp, x1
    mov     x29, xzr
.endm

// Each vector has room for 32 instructions; .org refuses to go back, should one have more.
.macro USER_SYNCHRONOUS level, number
    .org    trap_vectors_level_\level + 0x80 * \number
    SAVE_USER_REGISTERS
    mrs     x9, esr_el1
    lsr     x10, x9, #26
    cmp     x10, #CLASS_SVC
    ENTER_KERNEL \level
    b.eq    user_system_call
    b       user_fault
.endm

.macro USER_INTERRUPT level, number
    .org    trap_vectors_level_\level + 0x80 * \number
    SAVE_USER_REGISTERS
    ENTER_KERNEL \level
    b       user_interrupt
.endm

// Nothing returns from these, so that TPIDR_EL0 may serve as scratch.
.macro FATAL level, number
    .org    trap_vectors_level_\level + 0x80 * \number
    msr     tpidr_el0, x0
    mrs     x0, tpidr_el\level
    ldr     x0, [x0]
    sub     x0, x0, #FRAME_SIZE
    str     x1, [x0, #8]
    mov     x1, #\number
    b       save_frame
.endm

.macro TABLE level
    .balign 0x800
    .global trap_vectors_level_\level
trap_vectors_level_\level:
    FATAL   \level, 0               // Current level, with SP_EL0: synchronous, IRQ, FIQ, SError
    FATAL   \level, 1
    FATAL   \level, 2
    FATAL   \level, 3
    FATAL   \level, 4               // Current level, with SP_ELx
    FATAL   \level, 5
    FATAL   \level, 6
    FATAL   \level, 7
    USER_SYNCHRONOUS \level, 8      // Lower level, AArch64
    USER_INTERRUPT \level, 9
    FATAL   \level, 10
    FATAL   \level, 11
    FATAL   \level, 12              // Lower level, AArch32
    FATAL   \level, 13
    FATAL   \level, 14
    FATAL   \level, 15
.endm

.section .text
    TABLE   1
    TABLE   2

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
