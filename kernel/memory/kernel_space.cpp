// Boot's way from a bump allocator to a heap.
#include "kernel/memory/kernel_space.h"

#include <algorithm>
#include <optional>

#include "kernel/base/log.h"
#include "kernel/memory/early_frames.h"
#include "kernel/memory/ranges.h"

namespace memory {
namespace {

// Built by initialize(), in its order; never destroyed.
constinit EarlyFrames early_frames;
constinit std::optional<KernelTable> the_kernel_table;
constinit std::optional<FrameAllocator> the_frames;
constinit std::optional<Heap> the_heap;

template <class T>
T& require(std::optional<T>& built, std::string_view what) {
    base::check(built.has_value(), what);
    return *built;
}

/// The kernel table's own tables come from the early frames at first; no allocator takes those back.
FrameSource kernel_table_source() {
    return {.allocate =
                [](void*) {
                    return the_frames ? the_frames->allocate(0, FrameUse::page_table)
                                      : early_frames.allocate();
                },
            .free =
                [](void*, PhysicalAddress frame) {
                    if (the_frames) static_cast<void>(the_frames->free(frame));
                }};
}

PhysicalRange intersection(PhysicalRange a, PhysicalRange b) {
    const PhysicalAddress start = std::max(a.start, b.start), end = std::min(a.end(), b.end());
    return start < end ? PhysicalRange{start, end - start} : PhysicalRange{};
}

/// Everything in RAM that may not be handed out, from the image to what firmware still needs.
RangeList taken_ranges(const hal::BootInfo& boot_info, const KernelImage& image) {
    RangeList taken;
    for (const hal::Reserved& reserved : boot_info.reserved) taken.push_back(reserved.range);
    const PhysicalAddress end = image.back().physical + image.back().size;
    taken.push_back({image.front().physical, end - image.front().physical});
    return taken;
}

/// The largest free range of RAM that boot.S has mapped.
PhysicalRange largest_early_range(const RangeList& ram, const RangeList& taken, PhysicalRange window) {
    PhysicalRange largest{};
    for (const PhysicalRange& range : ram) {
        const PhysicalRange within = pages_inside(intersection(range, window));
        for (auto gap = next_gap(within, taken, within.start); gap; gap = next_gap(within, taken, gap->end()))
            if (gap->size > largest.size) largest = *gap;
    }
    return largest;
}

void start_kernel_table(const KernelImage& image, const RangeList& ram, const hal::BootInfo& boot_info) {
    const auto table = KernelTable::create(kernel_table_source());
    if (!table)
        base::panic("memory: no free RAM for page tables in what boot mapped, {} to {}",
                    boot_info.early_window.start, boot_info.early_window.end());
    the_kernel_table.emplace(*table);
    map_kernel_space(*the_kernel_table, image, ram, boot_info);
    hal::Mmu::activate_kernel_table(the_kernel_table->root());
}

void start_frames(const RangeList& ram, const RangeList& taken, const hal::BootInfo& boot_info) {
    the_frames.emplace(ram, taken);
    if (the_frames->statistics().free == 0)
        base::panic("memory: {} KiB of RAM in {} ranges leave no free frame", boot_info.memory_size() / 1024,
                    boot_info.memory.size());
}

} // namespace

void initialize(const hal::BootInfo& boot_info) {
    const KernelImage image = kernel_image();
    const RangeList ram = reachable_ram(boot_info, direct_map_reach(image));
    the_frames.reset(); // For tests, which boot several machines one after the other.
    RangeList taken = taken_ranges(boot_info, image);
    early_frames = EarlyFrames(largest_early_range(ram, taken, boot_info.early_window));
    start_kernel_table(image, ram, boot_info);
    taken.push_back(early_frames.used());
    start_frames(ram, taken, boot_info);
    the_heap.emplace(*the_frames);
    base::log("memory: {} MiB installed, {} KiB free", boot_info.memory_size() >> 20,
              the_frames->statistics().free * (base::page_size / 1024));
}

KernelTable& kernel_table() {
    return require(the_kernel_table, "memory: no page table before memory::initialize");
}

base::PhysicalRange early_tables() { return early_frames.used(); }

FrameAllocator& frames() { return require(the_frames, "memory: no frames before memory::initialize"); }

Heap& heap() { return require(the_heap, "memory: no heap before memory::initialize"); }

} // namespace memory
