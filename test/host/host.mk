# The host's build: portable code and firmware parsers under doctest, AddressSanitizer and UBSan.
HOST_BUILD := build/host
HOST_TESTED := $(wildcard kernel/base/format.cpp hal/contract.cpp \
	$(filter-out %/allocation.cpp %/kernel_image.cpp %/kernel_stacks.cpp,$(wildcard kernel/memory/*.cpp)) \
	driver/virtio/queue.cpp driver/virtio/device.cpp driver/virtio/offered.cpp kernel/device/offered.cpp $(wildcard driver/virtio/blk*.cpp) driver/virtio/pci_regions.cpp kernel/device/interrupts.cpp \
	$(filter-out %/configuration.cpp,$(wildcard driver/pci/*.cpp)) driver/virtio/rng.cpp kernel/device/dma.cpp kernel/device/attached.cpp \
	kernel/axiom/*.cpp kernel/random/*.cpp kernel/device/entropy.cpp \
	$(wildcard driver/virtio/net*.cpp) kernel/device/network.cpp \
	$(filter-out %/cpus.cpp,$(wildcard kernel/schedule/*.cpp)) $(wildcard kernel/sync/*.cpp) $(wildcard kernel/object/*.cpp) $(wildcard kernel/ipc/*.cpp) \
	$(wildcard kernel/process/*.cpp) $(wildcard kernel/syscall/*.cpp) kernel/device/console_input.cpp \
	kernel/base/line_editor.cpp user/lib/heap.cpp user/lib/manifest.cpp user/shell/command_line.cpp kernel/trace/log_buffer.cpp \
	platform/shared/device_tree*.cpp platform/x64/acpi*.cpp net/*.cpp)
HOST_SOURCES := $(wildcard test/host/*.cpp) $(HOST_TESTED)
HOST_OBJECTS := $(HOST_SOURCES:%=$(HOST_BUILD)/object/%.o)
HOST_FLAGS := -std=c++23 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
	-fno-rtti $(WARNINGS) -I. -I$(HOST_BUILD)/include -DTRIVIUM_DEBUG=1

$(HOST_BUILD)/flags: FORCE | setup
	@mkdir -p $(@D)/include && ln -sfn ../../../test/host/platform $(@D)/include/platform
	@echo '$(HOST_CXX) $(HOST_FLAGS)' | cmp -s - $@ || echo '$(HOST_CXX) $(HOST_FLAGS)' > $@

# Looking for null pointers, GCC takes no function's address for constant; the table of system calls is checked by one.
$(HOST_BUILD)/object/kernel/syscall/dispatch.cpp.o: \
	HOST_FLAGS += -fno-sanitize=null,nonnull-attribute,returns-nonnull-attribute

$(HOST_BUILD)/object/%.cpp.o: %.cpp $(HOST_BUILD)/flags
	@mkdir -p $(@D)
	$(call say,HOST,$<)
	@$(HOST_CXX) $(HOST_FLAGS) -MMD -MP -c $< -o $@

$(HOST_BUILD)/host-test: $(HOST_OBJECTS)
	$(call say,LINK,$@)
	@$(HOST_CXX) $(HOST_FLAGS) -o $@ $^ -lfdt

# What labs are graded by, apart: to build it takes half as long. Of the last two the others need what they stand in for.
GRADED_TESTS := axiom_capability axiom_derivation axiom_model capability_calls donation message notification reply kernel_space blk
GRADED_OBJECTS := $(filter-out $(HOST_BUILD)/object/test/host/%_test.cpp.o,$(HOST_OBJECTS)) \
	$(GRADED_TESTS:%=$(HOST_BUILD)/object/test/host/%_test.cpp.o)

$(HOST_BUILD)/grade-test: $(GRADED_OBJECTS)
	$(call say,LINK,$@)
	@$(HOST_CXX) $(HOST_FLAGS) -o $@ $^ -lfdt

host-test-build: $(HOST_BUILD)/host-test
host-test: host-test-build ## the host tests alone; narrow with K=expression
	@$(HOST_BUILD)/host-test $(if $(K),-tc="*$(K)*")

# ---- Device trees ----------------------------------------------------------------------------------------------------

# Trees for the tests: those of test/host/dts, and QEMU's own, whose names say which machine it is.
DTB_BUILD := $(HOST_BUILD)/dtb
DEVICE_TREES := $(patsubst test/host/dts/%.dts,$(DTB_BUILD)/%.dtb,$(wildcard test/host/dts/*.dts)) \
	$(patsubst %,$(DTB_BUILD)/qemu-%.dtb,arm64-gic2-smp1-mem64M arm64-gic3-smp4-mem4G rv64-smp1-mem64M rv64-smp4-mem4G)
dump-tree = $(1),dumpdtb=$@ $(foreach option,$(filter smp% mem%,$(subst -, ,$*)),$(patsubst smp%,-smp %,$(option:mem%=-m %)))

quietly = output=$$($(1) 2>&1) || { echo "$$output"; exit 1; }

$(DTB_BUILD)/%.dtb: test/host/dts/%.dts | setup
	@mkdir -p $(@D)
	$(call say,DTC,$<)
	@dtc -q -f -I dts -O dtb -o $@ $<

$(DTB_BUILD)/qemu-arm64-%.dtb: | setup
	@mkdir -p $(@D)
	$(call say,QEMU,$@)
	@$(call quietly,qemu-system-aarch64 -nodefaults -nographic -cpu cortex-a76 \
	 -machine $(call dump-tree,virt$(comma)virtualization=on$(comma)gic-version=$(subst gic,,$(filter gic%,$(subst -, ,$*)))))

$(DTB_BUILD)/qemu-rv64-%.dtb: | setup
	@mkdir -p $(@D)
	$(call say,QEMU,$@)
	@$(call quietly,qemu-system-riscv64 -nodefaults -nographic -machine $(call dump-tree,virt))

host-test-build: $(DEVICE_TREES)

READ_DEVICE_TREE_OBJECTS := $(patsubst %,$(HOST_BUILD)/object/%.o,tools/read_device_tree.cpp kernel/base/format.cpp \
	$(wildcard platform/shared/device_tree*.cpp))
$(HOST_BUILD)/read-device-tree: $(READ_DEVICE_TREE_OBJECTS)
	$(call say,LINK,$@)
	@$(HOST_CXX) $(HOST_FLAGS) -o $@ $^ -lfdt
read-device-tree: $(HOST_BUILD)/read-device-tree ## build build/host/read-device-tree: what discovery makes of a .dtb
.PHONY: read-device-tree

# ---- End of device trees ---------------------------------------------------------------------------------------------

REPLAY_LOG_OBJECTS := $(patsubst %,$(HOST_BUILD)/object/%.o,tools/replay_log.cpp kernel/base/format.cpp \
	$(wildcard kernel/axiom/*.cpp))
$(HOST_BUILD)/replay-log: $(REPLAY_LOG_OBJECTS)
	$(call say,LINK,$@)
	@$(HOST_CXX) $(HOST_FLAGS) -o $@ $^
replay-log: $(HOST_BUILD)/replay-log ## build build/host/replay-log: replays a CommitLog, and tells the digest
host-test-build: $(HOST_BUILD)/replay-log
.PHONY: replay-log

-include $(sort $(patsubst %.o,%.d,$(HOST_OBJECTS) $(READ_DEVICE_TREE_OBJECTS) $(REPLAY_LOG_OBJECTS)))
.PHONY: host-test host-test-build
