// Where a process and each further thread begin: x0 is what the spawner or starter handed over.
.section .text.start, "ax"

.global _start
_start:
    mov x29, #0 // The chain of frames ends here.
    mov x30, #0
    b start_process

.global thread_begin
thread_begin:
    mov x29, #0
    mov x30, #0
    b start_thread
