# How programs are compiled for x64.
PROGRAM_FLAGS := -m64 -march=x86-64
LIBRARY_FLAGS := -mgeneral-regs-only
