// Tables of numbers about memory, for people.
#include "kernel/memory/report.h"

#include <string_view>

#include "kernel/memory/kernel_space.h"

namespace memory {
namespace {

constexpr std::uint64_t kib_per_frame = base::page_size / 1024;

void report_range(base::Sink sink, PhysicalRange range, std::string_view what) {
    base::format(sink, "  {:#012x}-{:#012x} {:>10} KiB  {}\n", range.start, range.end(), range.size / 1024,
                 what);
}

void report_ranges(const hal::BootInfo& boot_info, base::Sink sink) {
    const FrameStatistics& frame = frames().statistics();
    base::format(sink, "RAM: {} MiB installed, {} KiB free in {} frames\n", boot_info.memory_size() >> 20,
                 frame.free * kib_per_frame, frame.free);
    for (const PhysicalRange& range : boot_info.memory) report_range(sink, range, "RAM");
    for (const hal::Reserved& reserved : boot_info.reserved)
        report_range(sink, reserved.range, hal::name(reserved.reason));
}

/// As many orders to a line as are easily read; sizes that no longer fit in a few digits of KiB in MiB.
void report_blocks(base::Sink sink, const FrameStatistics& frame) {
    unsigned shown = 0;
    for (unsigned order = 0; order < FrameStatistics::orders; ++order) {
        if (frame.free_blocks[order] == 0) continue;
        const std::uint64_t size = kib_per_frame << order;
        const bool is_large = size >= 1024;
        base::format(sink, "{}{} of {} {}",
                     shown % 8 != 0 ? ", "
                     : shown == 0   ? "Free blocks: "
                                    : "\n             ",
                     frame.free_blocks[order], is_large ? size / 1024 : size, is_large ? "MiB" : "KiB");
        ++shown;
    }
    base::format(sink, "{}Freed last, not merged yet: {} frames\n", shown > 0 ? "\n" : "", frame.recent);
}

void report_frames(base::Sink sink) {
    const FrameStatistics& frame = frames().statistics();
    const auto used = [&](FrameUse use) { return frame.used[static_cast<std::size_t>(use)] * kib_per_frame; };
    base::format(sink,
                 "In use, KiB: {} frame metadata, {} page tables, {} slabs, {} large objects, {} other\n",
                 frame.metadata * kib_per_frame, used(FrameUse::page_table) + early_tables().size / 1024,
                 used(FrameUse::slab), used(FrameUse::large), used(FrameUse::other));
    report_blocks(sink, frame);
}

void report_heap(base::Sink sink) {
    const HeapStatistics& statistics = heap().statistics();
    base::format(sink, "Heap:  bytes  slabs   used   free\n");
    for (std::size_t i = 0; i < slot_sizes.size(); ++i) {
        const SlotStatistics& slots = statistics.slots[i];
        const std::size_t capacity = slots.slabs * Slab::capacity_of(i);
        if (slots.slabs > 0)
            base::format(sink, "      {:>6} {:>6} {:>6} {:>6}\n", slot_sizes[i], slots.slabs, slots.used,
                         capacity - slots.used);
    }
    base::format(sink, "       large {:>6} objects in {} KiB\n", statistics.large_objects,
                 statistics.large_frames * kib_per_frame);
}

/// Permissions are asked of the page table in force, and not of what was meant.
void report_image(base::Sink sink) {
    base::format(sink, "Kernel image:\n");
    for (const ImagePart& part : kernel_image()) {
        const auto translation = kernel_table().lookup(part.start);
        const PageAttributes attributes = translation ? translation->attributes : PageAttributes{};
        base::format(sink, "  {:#x}-{:#x} {}{}{} {:>6} KiB  {}\n", part.start, part.start + part.size,
                     translation ? 'r' : '-', attributes.writable ? 'w' : '-',
                     attributes.executable ? 'x' : '-', part.size / 1024, part.name);
    }
}

} // namespace

void report(const hal::BootInfo& boot_info, base::Sink sink) {
    report_ranges(boot_info, sink);
    report_frames(sink);
    report_heap(sink);
    report_image(sink);
}

} // namespace memory
