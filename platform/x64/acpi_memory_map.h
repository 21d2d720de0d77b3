// The memory map that firmware hands over, turned into RAM and the parts of it that are taken (ACPI 6.4, 15).
//
// What firmware calls usable is less than what is installed: it keeps its tables at the top of RAM, its data
// below 640 KiB, and the first MiB has a hole where a PC's video memory and ROMs are seen. All of these count
// as memory here, and as reserved, so that the sum is what the machine was given.
#pragma once

#include <span>

#include "hal/boot.h"

namespace platform {

enum class MemoryType : std::uint32_t { usable = 1, reserved = 2, acpi_tables = 3, acpi_storage = 4 };

struct MemoryMapEntry {
    base::PhysicalRange range{};
    MemoryType type{};
};

/// Fills `out.memory`, and `out.reserved` with what firmware keeps of it. The devices of `out` must be listed
/// already: no register range is taken for RAM. A fault when a list is too small, or when nothing is usable.
hal::Discovered read_memory_map(std::span<const MemoryMapEntry> map, hal::BootInfo& out);

} // namespace platform
