// Works out what RAM there is from a memory map that may be unsorted, overlapping or wrong.
#include "platform/x64/acpi_memory_map.h"

#include <algorithm>

#include "platform/x64/acpi.h"

namespace platform {
namespace {

using base::PhysicalRange;

constexpr PhysicalRange legacy_hole{{0xa'0000}, 0x6'0000}; // Video memory and ROMs, from 640 KiB to 1 MiB
constexpr PhysicalRange first_page{{0}, base::page_size};  // Real-mode vectors and BIOS data
constexpr std::uint64_t address_limit = std::uint64_t{1} << 52; // Intel SDM 3A, 4.1.4: no CPU has more

bool touches(const PhysicalRange& a, const PhysicalRange& b) {
    return a.start <= b.end() && b.start <= a.end();
}

bool is_plausible(const MemoryMapEntry& entry) {
    return !entry.range.is_empty() && entry.range.start.value < address_limit &&
           entry.range.size <= address_limit;
}

PhysicalRange join(const PhysicalRange& a, const PhysicalRange& b) {
    const auto start = std::min(a.start, b.start);
    return {start, std::max(a.end(), b.end()) - start};
}

/// Adds a range to `out.memory`, joined with all that it touches.
bool add_memory(PhysicalRange range, hal::BootInfo& out) {
    // [lab 2: merge the memory]
    for (std::size_t i = 0; i < out.memory.size();)
        if (touches(out.memory[i], range)) {
            range = join(out.memory[i], range);
            out.memory.erase(i);
            i = 0;
        } else {
            ++i;
        }
    return out.memory.push_back(range);
    // [/lab]
}

bool touches_memory(const PhysicalRange& range, const hal::BootInfo& out) {
    return std::ranges::any_of(out.memory,
                               [&](const PhysicalRange& memory) { return touches(memory, range); });
}

bool is_covered(const PhysicalRange& range, const hal::BootInfo& out) {
    return std::ranges::any_of(out.memory,
                               [&](const PhysicalRange& memory) { return memory.contains(range); });
}

bool holds_registers(const PhysicalRange& range, const hal::BootInfo& out) {
    for (const hal::Device& device : out.devices)
        for (const PhysicalRange& registers : device.registers)
            if (registers.overlaps(range)) return true;
    return false;
}

/// Whether an entry is RAM by its type alone: ACPI's own two kinds are, though their contents must be kept.
bool is_memory_by_type(MemoryType type) {
    return type == MemoryType::usable || type == MemoryType::acpi_tables || type == MemoryType::acpi_storage;
}

/// Whether a range goes on where some memory ends. What ends where memory begins is another matter: the ROM
/// below 4 GiB does.
bool follows_memory(const PhysicalRange& range, const hal::BootInfo& out) {
    return std::ranges::any_of(out.memory, [&](const PhysicalRange& memory) {
        return memory.start <= range.start && range.start <= memory.end();
    });
}

/// Whether an entry is firmware's share of the memory that it follows.
bool is_share_of_memory(const MemoryMapEntry& entry, const hal::BootInfo& out) {
    return follows_memory(entry.range, out) && !is_covered(entry.range, out) &&
           !holds_registers(entry.range, out);
}

/// Adds shares until none is left, for one may adjoin another. Each round but the last adds one.
bool add_shares(std::span<const MemoryMapEntry> map, hal::BootInfo& out) {
    for (std::size_t round = 0; round < map.size(); ++round) {
        const auto share = std::ranges::find_if(map, [&](const MemoryMapEntry& entry) {
            return is_plausible(entry) && is_share_of_memory(entry, out);
        });
        if (share == map.end()) return true;
        if (!add_memory(share->range, out)) return false;
    }
    return true;
}

bool reserve(const PhysicalRange& range, hal::BootInfo& out) {
    const bool concerns_memory =
        std::ranges::any_of(out.memory, [&](const PhysicalRange& memory) { return memory.overlaps(range); });
    return !concerns_memory || out.reserved.push_back({range, hal::ReservedFor::firmware});
}

} // namespace

hal::Discovered read_memory_map(std::span<const MemoryMapEntry> map, hal::BootInfo& out) {
    bool fits = true;
    for (const MemoryMapEntry& entry : map)
        if (is_plausible(entry) && is_memory_by_type(entry.type)) fits = fits && add_memory(entry.range, out);
    if (out.memory.empty())
        return acpi_fault("the memory map of {} entries has no usable memory", map.size());
    if (touches_memory(legacy_hole, out)) fits = fits && add_memory(legacy_hole, out);
    fits = fits && add_shares(map, out);
    std::ranges::sort(out.memory, {}, &PhysicalRange::start);

    fits = fits && reserve(first_page, out) && reserve(legacy_hole, out);
    for (const MemoryMapEntry& entry : map)
        if (is_plausible(entry) && entry.type != MemoryType::usable) fits = fits && reserve(entry.range, out);
    if (!fits)
        return acpi_fault("the memory map of {} entries is more than this kernel has room for", map.size());
    return {};
}

} // namespace platform
