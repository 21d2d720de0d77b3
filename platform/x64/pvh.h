// What a PVH loader hands over in ebx (Xen, docs/misc/pvh.pandoc and public/arch-x86/hvm/start_info.h).
#pragma once

#include "platform/x64/acpi_memory_map.h"

namespace platform {

inline constexpr std::uint32_t start_info_magic = 0x336e'c578;

/// Version 1 and later; version 0 ends before the memory map.
struct StartInfo {
    std::uint32_t magic;
    std::uint32_t version;
    std::uint32_t flags;
    std::uint32_t module_count;
    std::uint64_t modules;
    std::uint64_t command_line;
    std::uint64_t rsdp;
    std::uint64_t memory_map;
    std::uint32_t memory_map_entries;
    std::uint32_t reserved;
};

static_assert(sizeof(StartInfo) == 56);

/// A file that was loaded beside the kernel: the first one is the initrd.
struct Module {
    base::PhysicalRange contents{};
    std::uint64_t command_line;
    std::uint64_t reserved;
};

static_assert(sizeof(Module) == 32);

struct MemoryMapRecord {
    base::PhysicalRange range{};
    MemoryType type;
    std::uint32_t reserved;
};

static_assert(sizeof(MemoryMapRecord) == 24);

} // namespace platform
