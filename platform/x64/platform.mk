# How x64 is compiled, and the machine it runs on.
TOOLCHAIN_PREFIXES := x86_64-linux-gnu- x86_64-elf- x86_64-none-elf- x86_64-unknown-linux-gnu-
PLATFORM_SOURCES := $(wildcard platform/x64/*.cpp platform/x64/*.S)
LIBFDT_SOURCES :=
PLATFORM_FLAGS := -m64 -march=x86-64 -mgeneral-regs-only -mno-red-zone -mcmodel=kernel
KERNEL_IMAGE :=

QEMU := qemu-system-x86_64
DEFAULT_CPU := max
# graphics=on keeps the firmware from writing to the serial console, which -nographic would make it do.
QEMU_MACHINE = -machine q35,graphics=on -cpu $(CPU) -device isa-debug-exit,iobase=0xf4,iosize=4
DEFAULT_TRANSPORT := pci
