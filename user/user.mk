# Programs, and the initrd that holds them. Every folder of user/ but lib and files is a program.
USER_BUILD := $(BUILD)/user
PROGRAMS := $(filter-out lib files,$(patsubst user/%/,%,$(sort $(wildcard user/*/))))
PROGRAM_FILES := $(wildcard user/files/*)
PROGRAM_MANIFESTS := $(wildcard user/*/manifest)
INITRD_IMAGE := $(BUILD)/initrd.cpio

# What programs share with the kernel as source: text formatting, string functions, the line editor.
LIBRARY_SHARED := kernel/base/format.cpp kernel/base/string.cpp kernel/base/line_editor.cpp
LIBRARY_SOURCES := $(wildcard user/lib/*.cpp user/lib/$(ARCH)/*.S) $(LIBRARY_SHARED)
program_sources = $(wildcard user/$(1)/*.cpp)
user_objects = $(1:%=$(USER_BUILD)/object/%.o)

include user/lib/$(ARCH)/program.mk

CXXFLAGS_USER = -std=c++23 -O2 -g $(FREESTANDING) -fno-exceptions -fno-rtti -fno-threadsafe-statics $(WARNINGS) \
	$(PROGRAM_FLAGS) -I. -I$(USER_BUILD)/include -idirafter platform/shared/libc
LDFLAGS_USER = -nostdlib -static -no-pie -Wl,--build-id=none -Wl,--no-relax -Wl,-z,max-page-size=4096 \
	-Wl,-z,noexecstack -Wl,--gc-sections -T user/lib/program.ld $(PROGRAM_FLAGS)

$(USER_BUILD)/flags: FORCE | setup
	@mkdir -p $(@D)/include && ln -sfn ../../../../user/lib/$(ARCH) $(@D)/include/machine
	@echo '$(CXX_KERNEL) $(CXXFLAGS_USER) $(LIBRARY_FLAGS) $(LDFLAGS_USER)' | cmp -s - $@ || \
	 echo '$(CXX_KERNEL) $(CXXFLAGS_USER) $(LIBRARY_FLAGS) $(LDFLAGS_USER)' > $@

$(USER_BUILD)/object/%.cpp.o: %.cpp $(USER_BUILD)/flags
	@mkdir -p $(@D)
	$(call say,C++,$<)
	@$(CXX_KERNEL) $(CXXFLAGS_USER) $(OWN_FLAGS) -MMD -MP -c $< -o $@

$(USER_BUILD)/object/%.S.o: %.S $(USER_BUILD)/flags
	@mkdir -p $(@D)
	$(call say,ASM,$<)
	@$(CC_KERNEL) -g $(PROGRAM_FLAGS) -MMD -MP -c $< -o $@

# The library does without floating-point registers: whoever does not compute with them then never pays for them.
$(call user_objects,$(filter %.cpp,$(LIBRARY_SOURCES))): private OWN_FLAGS = $(LIBRARY_FLAGS)
$(call user_objects,kernel/base/string.cpp): private OWN_FLAGS = $(LIBRARY_FLAGS) -fno-tree-loop-distribute-patterns

# Nor does what measures system calls: with them a thread would be measured that has more to keep.
$(call user_objects,$(call program_sources,bench)): private OWN_FLAGS = $(LIBRARY_FLAGS)

$(USER_BUILD)/libtrivium.a: $(call user_objects,$(LIBRARY_SOURCES))
	$(call say,AR,$@)
	@rm -f $@ && $(CROSS)ar rcs $@ $^

# A program's prerequisites follow from its name, so that they can be written once for all.
.SECONDEXPANSION:
$(PROGRAMS:%=$(USER_BUILD)/%.elf): $(USER_BUILD)/%.elf: $$(call user_objects,$$(call program_sources,%)) \
		$(USER_BUILD)/libtrivium.a user/lib/program.ld
	$(call say,LINK,$@)
	@$(CXX_KERNEL) $(LDFLAGS_USER) -o $@ $(filter %.o,$^) $(USER_BUILD)/libtrivium.a -lgcc

# The initrd's copies have no debug information, but their symbols: the kernel names the function that faulted.
$(PROGRAMS:%=$(USER_BUILD)/initrd/%): $(USER_BUILD)/initrd/%: $(USER_BUILD)/%.elf
	@mkdir -p $(@D)
	@$(CROSS)objcopy --strip-debug $< $@

# Rebuilt when a program is added or taken away, too.
$(USER_BUILD)/members: FORCE | setup
	@mkdir -p $(@D)
	@echo '$(PROGRAMS) $(PROGRAM_FILES) $(PROGRAM_MANIFESTS)' | cmp -s - $@ || \
	 echo '$(PROGRAMS) $(PROGRAM_FILES) $(PROGRAM_MANIFESTS)' > $@

$(INITRD_IMAGE): $(PROGRAMS:%=$(USER_BUILD)/initrd/%) $(PROGRAM_FILES) $(PROGRAM_MANIFESTS) $(USER_BUILD)/members \
		tools/initrd.py
	$(call say,CPIO,$@)
	@$(PYTHON) tools/initrd.py --output $@ --programs $(PROGRAMS:%=$(USER_BUILD)/initrd/%) --files $(PROGRAM_FILES) \
	 --manifests $(PROGRAM_MANIFESTS)

programs: $(PROGRAMS:%=$(USER_BUILD)/%.elf) ## build the programs alone: build/$(ARCH)/user/NAME.elf
initrd: $(INITRD_IMAGE) ## build build/$(ARCH)/initrd.cpio: all programs, and the files of user/files
.PHONY: programs initrd

-include $(patsubst %.o,%.d,$(call user_objects,$(LIBRARY_SOURCES) $(foreach name,$(PROGRAMS),$(call program_sources,$(name)))))
