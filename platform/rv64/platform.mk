# How rv64 is compiled, and the machine it runs on.
TOOLCHAIN_PREFIXES := riscv64-linux-gnu- riscv64-elf- riscv64-unknown-elf- riscv64-none-elf- riscv64-unknown-linux-gnu-
PLATFORM_SOURCES := $(wildcard platform/rv64/*.cpp platform/rv64/*.S) $(wildcard platform/shared/*.cpp)
LIBFDT_SOURCES := fdt.c fdt_ro.c fdt_addresses.c fdt_strerror.c
PLATFORM_FLAGS := -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -mno-relax -mstrict-align -idirafter platform/rv64/libc
KERNEL_IMAGE := $(BUILD)/kernel-rv64.img

QEMU := qemu-system-riscv64
DEFAULT_CPU := rv64
QEMU_MACHINE = -machine virt -cpu $(CPU)
DEFAULT_TRANSPORT := mmio
