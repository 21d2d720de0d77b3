# How arm64 is compiled, and the machine it runs on.
TOOLCHAIN_PREFIXES := aarch64-linux-gnu- aarch64-elf- aarch64-none-elf- aarch64-unknown-linux-gnu-
PLATFORM_SOURCES := $(wildcard platform/arm64/*.cpp platform/arm64/*.S) $(wildcard platform/shared/*.cpp)
LIBFDT_SOURCES := fdt.c fdt_ro.c fdt_addresses.c fdt_strerror.c
PLATFORM_FLAGS := -march=armv8-a -mgeneral-regs-only -mno-outline-atomics -mstrict-align -mno-omit-leaf-frame-pointer
KERNEL_IMAGE := $(BUILD)/kernel-arm64.img

QEMU := qemu-system-aarch64
DEFAULT_CPU := cortex-a76
VIRTUALIZATION ?= on
QEMU_MACHINE = -machine virt,virtualization=$(VIRTUALIZATION),gic-version=$(GIC) -cpu $(CPU) \
	-semihosting-config enable=on,target=native
DEFAULT_TRANSPORT := mmio
