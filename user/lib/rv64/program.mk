# How programs are compiled for rv64, whose compiler uses floating-point registers for floating point only.
PROGRAM_FLAGS := -march=rv64gc -mabi=lp64d -mcmodel=medany -mno-relax -mstrict-align
LIBRARY_FLAGS :=
