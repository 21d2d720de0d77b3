# What gdb must know to debug Trivium, and commands of ours; read by `make debug`.
set confirm off
set pagination off
set print pretty on
# Else gdb takes the kernel for a Linux program, and `stepi` over ecall or svc runs away.
set osabi none
# Code is read from the ELF file: at the first breakpoints no page of the kernel is mapped yet.
set trust-readonly-sections on
set disassemble-next-line auto
python import sys; sys.path.insert(0, "tools/gdb"); sys.dont_write_bytecode = True
source tools/gdb/commands.py
