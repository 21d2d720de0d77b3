// Where a process and each further thread begin: a0 is what the spawner or starter handed over.
.section .text.start, "ax"

.global _start
_start:
    li s0, 0 // The chain of frames ends here.
    li ra, 0
    tail start_process

.global thread_begin
thread_begin:
    li s0, 0
    li ra, 0
    tail start_thread
