// Fills the kernel's page table from what discovery found.
#include "kernel/memory/kernel_map.h"

#include <algorithm>
#include <string_view>

#include "kernel/base/log.h"
#include "kernel/memory/ranges.h"

namespace memory {
namespace {

constexpr PageAttributes read_only{.global = true};
constexpr PageAttributes read_write{.writable = true, .global = true};
constexpr PageAttributes registers{.writable = true, .global = true, .device = true};

/// No machine of today has its devices higher up: a range beyond is a mistake, and mapping it would cost many
/// tables.
constexpr std::uint64_t largest_reach = std::uint64_t{1} << 40;

/// Parts are mapped as pages, so that what may be done with one can be changed later without splitting.
void map_image(KernelTable& table, const KernelImage& image) {
    for (const ImagePart& part : image)
        if (const auto mapped =
                table.map(part.start, part.physical, part.size, part.attributes, Leaves::pages);
            !mapped)
            base::panic("memory: cannot map the kernel's {} at {}: {}", part.name, part.start,
                        mapped.error());
}

void map_ram(KernelTable& table, std::span<const PhysicalRange> ram) {
    for (const PhysicalRange& range : ram)
        if (const auto mapped = table.map(hal::to_virtual(range.start), range.start, range.size, read_write);
            !mapped)
            base::panic("memory: cannot map RAM at {}, {} KiB: {}", range.start, range.size / 1024,
                        mapped.error());
}

/// What the image may not write at its own address it may not write through the direct map either.
void protect_image(KernelTable& table, const KernelImage& image) {
    for (const ImagePart& part : image) {
        if (part.attributes.writable) continue;
        const auto done = table.protect(hal::to_virtual(part.physical), part.size, read_only);
        if (!done)
            base::panic("memory: the kernel's {} at {} is not in RAM: {}", part.name, part.physical,
                        done.error());
    }
}

void map_device(KernelTable& table, const hal::Device& device, std::uint64_t reach) {
    for (const PhysicalRange& range : device.registers)
        if (const auto mapped = map_registers(table, range, reach);
            !mapped && !pages_around(range).is_empty())
            base::log("memory: registers of {} at {}, {:#x} bytes, are not mapped: {}", device.name,
                      range.start, range.size, mapped.error());
}

} // namespace

std::uint64_t direct_map_reach(const KernelImage& image) {
    const VirtualAddress start = hal::Mmu::direct_map;
    const VirtualAddress end = image.front().start > start ? image.front().start : VirtualAddress{0};
    return std::min(end - start, largest_reach); // An end of 0 is that of the address space.
}

RangeList reachable_ram(const hal::BootInfo& boot_info, std::uint64_t reach) {
    RangeList ram;
    for (const PhysicalRange& range : boot_info.memory) {
        const PhysicalRange pages = pages_inside(range);
        if (!pages.is_empty() && PhysicalRange{{}, reach}.contains(pages))
            ram.push_back(pages);
        else
            base::log("memory: RAM at {}, {:#x} bytes, is not used: no page of it is in reach", range.start,
                      range.size);
    }
    return ram;
}

std::expected<void, Error> map_registers(KernelTable& table, PhysicalRange range, std::uint64_t reach) {
    if (!PhysicalRange{{}, reach}.contains(range)) return std::unexpected(Error::too_large);
    const PhysicalRange pages = pages_around(range);
    for (std::uint64_t done = 0; done < pages.size;) {
        const VirtualAddress at = hal::to_virtual(pages.start + done);
        const Run run = table.first_run(at, pages.size - done);
        if (!run.mapped)
            if (const auto mapped = table.map(at, pages.start + done, run.size, registers); !mapped)
                return mapped;
        done += run.size;
    }
    return {};
}

void map_kernel_space(KernelTable& table, const KernelImage& image, std::span<const PhysicalRange> ram,
                      const hal::BootInfo& boot_info) {
    map_image(table, image);
    map_ram(table, ram);
    protect_image(table, image);
    for (const hal::Device& device : boot_info.devices) map_device(table, device, direct_map_reach(image));
}

} // namespace memory
