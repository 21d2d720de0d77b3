// The way into user mode for a hart that does not come from there: of its first thread, and out of its idle loop.

.equ SSTATUS_SPP_AND_SPIE, (1 << 8) | (1 << 5)

// [[noreturn]] void hal::enter_user(UserContext&)
//
// SRET goes to the mode that sstatus.SPP names: 0 is user mode (Privileged 4.1.1). Every trap from there sets it so again, so
// that trap.S need not. SPIE becomes SIE, which counts in the kernel only: user mode cannot mask what sie lets through.
.section .text
.global _ZN3hal10enter_userERN8platform11UserContextE
_ZN3hal10enter_userERN8platform11UserContextE:
    li      t0, SSTATUS_SPP_AND_SPIE
    csrc    sstatus, t0
    j       restore_user
