# How programs are compiled for arm64.
PROGRAM_FLAGS := -march=armv8-a -mno-outline-atomics -mstrict-align
LIBRARY_FLAGS := -mgeneral-regs-only
