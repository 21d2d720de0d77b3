# Trivium: the one entry point. `make help` lists what can be made.
ARCH ?= arm64
ARCHITECTURES := arm64 x64 rv64

# Knobs, all of which can be given on the command line.
SMP ?= 1
MEM ?= 128M
CPU ?= $(DEFAULT_CPU)
GIC ?= 3
APPEND ?=
DISK ?= $(BUILD)/disk.img
NET ?= user
RNG ?= on
INITRD ?= $(INITRD_IMAGE)
TRANSPORT ?= $(DEFAULT_TRANSPORT)
QEMU_EXTRA ?=
DEBUG ?= 0
K ?=
PYTHON ?= /usr/bin/python3
CLANG_FORMAT ?= clang-format
HOST_CXX ?= g++

BUILD := build/$(ARCH)$(if $(filter 1,$(DEBUG)),-debug)
KERNEL := $(BUILD)/kernel-$(ARCH).elf
LIBFDT ?= build/third-party/libfdt

.DEFAULT_GOAL := kernel
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules

include platform/$(ARCH)/platform.mk
include test/host/host.mk
include lab/lab.mk

# ---- The kernel ------------------------------------------------------------------------------------------------------

# The first cross compiler that can compile this kernel; asked for once, and only when something is compiled.
CROSS = $(eval CROSS := $(shell tools/toolchain $(ARCH)))$(CROSS)
CXX_KERNEL = $(CROSS)g++
CC_KERNEL = $(CROSS)gcc

KERNEL_SOURCES := hal/contract.cpp $(wildcard kernel/*.cpp kernel/*/*.cpp) $(wildcard driver/*/*.cpp net/*.cpp) \
	$(PLATFORM_SOURCES)
KERNEL_OBJECTS := $(KERNEL_SOURCES:%=$(BUILD)/object/%.o)
LIBFDT_OBJECTS := $(LIBFDT_SOURCES:%=$(BUILD)/object/libfdt/%.o)

INCLUDES := -I. -I$(BUILD)/include -isystem $(LIBFDT) -idirafter platform/shared/libc
# Unfinished code, as in the labs, may leave things unused: that is worth a warning, not a failed build.
WARNINGS := -Wall -Wextra -Wundef -Wvla -Wcast-align -Werror $(addprefix -Wno-error=,unused unused-parameter unused-function \
	unused-variable unused-but-set-variable unused-const-variable)
FREESTANDING := -ffreestanding -fno-pic -fno-stack-protector -fno-omit-frame-pointer -fno-optimize-sibling-calls \
	-fno-asynchronous-unwind-tables -fno-common -ffunction-sections -fdata-sections -U_FORTIFY_SOURCE
KERNEL_FLAGS = -O2 -g $(FREESTANDING) $(PLATFORM_FLAGS) $(INCLUDES) -DTRIVIUM_DEBUG=$(DEBUG)
CXXFLAGS_KERNEL = -std=c++23 -fno-exceptions -fno-rtti -fno-threadsafe-statics -fcheck-new $(WARNINGS) \
	$(KERNEL_FLAGS)
ASFLAGS_KERNEL = $(KERNEL_FLAGS)
CFLAGS_LIBFDT = $(KERNEL_FLAGS)
LDFLAGS_KERNEL = -nostdlib -static -no-pie -Wl,--build-id=none -Wl,--no-relax -Wl,-z,max-page-size=4096 \
	-Wl,-z,noexecstack -Wl,--no-warn-rwx-segments -Wl,--gc-sections -T platform/$(ARCH)/linker.ld $(PLATFORM_FLAGS)

kernel: $(KERNEL) $(KERNEL_IMAGE) ## build build/$(ARCH)/kernel-$(ARCH).elf

# Objects depend on the flags that they were compiled with, so that changing a knob rebuilds what it must.
$(BUILD)/flags: FORCE | setup
	@mkdir -p $(@D)/include && ln -sfn ../../../platform/$(ARCH) $(@D)/include/platform
	@echo '$(CXX_KERNEL) $(CXXFLAGS_KERNEL) $(LDFLAGS_KERNEL)' | cmp -s - $@ || \
	 echo '$(CXX_KERNEL) $(CXXFLAGS_KERNEL) $(LDFLAGS_KERNEL)' > $@

$(BUILD)/object/%.cpp.o: %.cpp $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,C++,$<)
	@$(CXX_KERNEL) $(CXXFLAGS_KERNEL) -MMD -MP -c $< -o $@

$(BUILD)/object/%.S.o: %.S $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,ASM,$<)
	@$(CC_KERNEL) $(ASFLAGS_KERNEL) -MMD -MP -c $< -o $@

$(BUILD)/object/libfdt/%.c.o: $(LIBFDT)/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,C,$<)
	@$(CC_KERNEL) $(CFLAGS_LIBFDT) -MMD -MP -c $< -o $@

# Or the compiler would recognise memset's loop, and turn it into a call of memset.
$(BUILD)/object/kernel/base/string.cpp.o: private KERNEL_FLAGS += -fno-tree-loop-distribute-patterns

# libfdt's source is unpacked by tools/setup.
$(LIBFDT)/%.c: | setup ;

# The kernel carries its own symbol table for backtraces. It is linked twice: the first link fixes the addresses of all
# functions, the second adds the table behind them.
$(BUILD)/symbols-none.S: tools/symbols.py | setup
	@mkdir -p $(@D)
	@$(PYTHON) tools/symbols.py < /dev/null > $@
$(BUILD)/symbols.S: $(BUILD)/kernel-nosymbols.elf tools/symbols.py
	@$(CROSS)nm --numeric-sort --demangle $< | $(PYTHON) tools/symbols.py > $@
$(BUILD)/%.S.o: $(BUILD)/%.S
	@$(CC_KERNEL) $(ASFLAGS_KERNEL) -c $< -o $@
$(BUILD)/kernel-nosymbols.elf: $(BUILD)/symbols-none.S.o
$(KERNEL): $(BUILD)/symbols.S.o
$(KERNEL) $(BUILD)/kernel-nosymbols.elf: $(KERNEL_OBJECTS) $(LIBFDT_OBJECTS) platform/$(ARCH)/linker.ld
	$(call say,LINK,$@)
	@$(CXX_KERNEL) $(LDFLAGS_KERNEL) -o $@ $(filter %.o,$^) -lgcc
$(BUILD)/kernel-$(ARCH).img: $(KERNEL)
	@$(CROSS)objcopy -O binary $< $@

-include $(KERNEL_OBJECTS:.o=.d) $(LIBFDT_OBJECTS:.o=.d)

# ---- Programs and the initrd -----------------------------------------------------------------------------------------

include user/user.mk

# ---- Running ---------------------------------------------------------------------------------------------------------

# virtio devices over memory-mapped registers or over PCI; a knob that is `none` leaves its device out.
DEVICE_SUFFIX = $(if $(filter pci,$(TRANSPORT)),pci,device)
DISK_OPTIONS = -drive file=$(DISK)$(comma)if=none$(comma)format=raw$(comma)id=disk \
	-device virtio-blk-$(DEVICE_SUFFIX)$(comma)drive=disk
NET_OPTIONS = -netdev $(NET)$(comma)id=net -device virtio-net-$(DEVICE_SUFFIX)$(comma)netdev=net
# One for the kernel, one for the driver that is a program; RNG=1 leaves out the second.
RNG_OPTIONS = -device virtio-rng-$(DEVICE_SUFFIX) $(if $(filter 1,$(RNG)),,-device virtio-rng-$(DEVICE_SUFFIX))

# With room for a second CPU: for a machine that can only ever have one, QEMU 7.2 leaves out the guest's memory barriers, and
# a notification to a device is lost now and then (docs/decisions.md).
CPUS = $(if $(filter 1,$(SMP)),1$(comma)maxcpus=2,$(SMP))

QEMU_COMMAND = $(QEMU) -nodefaults -nographic $(QEMU_MACHINE) -global virtio-mmio.force-legacy=false \
	-smp $(CPUS) -m $(MEM) -serial mon:stdio -kernel $(or $(KERNEL_IMAGE),$(KERNEL)) \
	$(if $(filter none,$(INITRD)),,-initrd $(INITRD)) $(if $(APPEND),-append "$(APPEND)") $(if $(filter none,$(DISK)),,$(DISK_OPTIONS)) \
	$(if $(filter none,$(NET)),,$(NET_OPTIONS)) $(if $(filter none,$(RNG)),,$(RNG_OPTIONS)) $(QEMU_EXTRA)
comma := ,

# The default disk and initrd are made; others are their owners' to make.
MADE_FILES := $(filter $(BUILD)/disk.img,$(DISK)) $(filter $(INITRD_IMAGE),$(INITRD))
$(BUILD)/disk.img:
	@mkdir -p $(@D) && truncate -s 64M $@

run: kernel $(MADE_FILES) ## build and boot; knobs: ARCH SMP MEM CPU GIC APPEND INITRD DISK NET RNG TRANSPORT QEMU_EXTRA
	@echo "Booting $(ARCH): leave with Ctrl-A X, or with \`poweroff\` in the monitor (Ctrl-])."
	@$(QEMU_COMMAND)
qemu: run ## the same as run

qemu-command: $(MADE_FILES) ## print the command that run uses
	@echo '$(QEMU_COMMAND)'

debug: kernel $(MADE_FILES) ## boot stopped under gdb (port 1234), with symbols and commands of ours
	@tools/debug $(ARCH) $(KERNEL) $(CROSS) -- $(QEMU_COMMAND)
qemu-debug: debug ## the same as debug

# ---- Tests -----------------------------------------------------------------------------------------------------------

# Given on the command line, ARCH narrows the tests to one; else they run on all three.
TEST_ARCHITECTURES := $(if $(filter file,$(origin ARCH)),$(ARCHITECTURES),$(ARCH))

test: setup ## host tests and QEMU tests on all three; narrow with ARCH=… and K=expression
	@$(PYTHON) test/run.py --architectures "$(TEST_ARCHITECTURES)" --filter "$(K)" host qemu labs
qemu-test: setup ## the QEMU tests alone
	@$(PYTHON) test/run.py --architectures "$(TEST_ARCHITECTURES)" --filter "$(K)" qemu
conformance: setup ## each behaviour that is promised, and whether its tests pass; narrow with ARCH=…
	@$(PYTHON) tools/conformance.py --architectures "$(TEST_ARCHITECTURES)"
soak: setup ## long randomised runs: make soak MINUTES=10 [SEED=n]
	@$(PYTHON) test/run.py --minutes $(or $(MINUTES),10) --seed "$(SEED)" soak
bench: setup ## what operations cost: one table for the three, and build/bench.json
	@$(PYTHON) tools/bench.py --architectures "$(TEST_ARCHITECTURES)"
check: setup ## layers, conditionals, assembly outside its place, file sizes, generated pages, formatting
	@$(PYTHON) tools/check.py --clang-format "$(CLANG_FORMAT)"
docs: ## make docs/syscalls.md out of kernel/abi
	@$(PYTHON) tools/system_calls.py
format: setup ## format all C++ with clang-format
	@git ls-files '*.cpp' '*.h' | xargs $(CLANG_FORMAT) -i

# ---- Help and housekeeping -------------------------------------------------------------------------------------------

compare: ## show a topic's code on the three platforms side by side: make compare TOPIC=timer
	@$(PYTHON) tools/compare.py $(TOPIC)
setup: ## install what is missing (done by run and test themselves)
	@tools/setup --quiet
doctor: ## check tools, versions and compilers, and name the remedy for each fault
	@tools/doctor
clean: ## remove what was built (third-party sources are kept)
	@find build -mindepth 1 -maxdepth 1 ! -name third-party -exec rm -rf {} + 2>/dev/null || true
help: ## list all targets
	@echo "make [ARCH=arm64|x64|rv64] TARGET"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 16

# What is being made, unless make itself was told to be silent.
say = $(if $(findstring s,$(firstword -$(MAKEFLAGS))),,@printf '  %-5s %s\n' $(1) $(2))
FORCE:
.PHONY: FORCE kernel run qemu qemu-command debug qemu-debug test qemu-test conformance soak bench check docs format compare setup doctor clean help
