// Where a process and each further thread begin: rdi is what the spawner or starter handed over.
.section .text.start, "ax"

.global _start
_start:
    xor %ebp, %ebp // The chain of frames ends here.
    and $-16, %rsp // The call makes of it what a function expects (System V ABI 3.2.2).
    call start_process
    ud2

.global thread_begin
thread_begin:
    xor %ebp, %ebp
    and $-16, %rsp
    call start_thread
    ud2
