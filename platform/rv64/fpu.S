// Moves the floating-point registers. The kernel is compiled for a CPU without them: here alone the assembler may know them.
.option arch, +d

.section .text
.global fpu_save
fpu_save:
    .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    fsd     f\number, \number * 8(a0)
    .endr
    frcsr   t0
    sd      t0, 32 * 8(a0)
    ret

.global fpu_load
fpu_load:
    .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    fld     f\number, \number * 8(a0)
    .endr
    ld      t0, 32 * 8(a0)
    fscsr   t0
    ret

// An instruction that the CPU does not have leads to the line behind the answer.
.global fpu_answers
fpu_answers:
    lla     t0, 1f
    csrrw   t0, stvec, t0
    li      a0, 0
    fmv.d.x f0, zero
    li      a0, 1
.balign 4
1:  csrw    stvec, t0
    ret
