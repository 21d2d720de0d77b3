// Rounding ranges to pages, and finding the gaps between them.
#include "kernel/memory/ranges.h"

#include <algorithm>

namespace memory {
namespace {

constexpr PhysicalAddress last_page{~std::uint64_t{0} << base::page_shift};

/// Moves `start` behind every range that holds it; behind one, another may begin.
PhysicalAddress skip_taken(PhysicalAddress start, std::span<const PhysicalRange> taken) {
    for (bool moved = true; moved;) {
        moved = false;
        for (const PhysicalRange& range : taken) {
            const PhysicalRange pages = pages_around(range);
            if (!pages.contains(start)) continue;
            start = pages.end();
            moved = true;
        }
    }
    return start;
}

} // namespace

PhysicalRange pages_inside(PhysicalRange range) {
    const PhysicalAddress start = range.start.aligned_up(base::page_size);
    const PhysicalAddress end = range.end().aligned_down(base::page_size);
    const bool wraps = range.end() < range.start || start < range.start;
    return wraps || end <= start ? PhysicalRange{} : PhysicalRange{start, end - start};
}

PhysicalRange pages_around(PhysicalRange range) {
    if (range.is_empty()) return {};
    const PhysicalAddress start = range.start.aligned_down(base::page_size);
    const bool wraps = range.end() < range.start || range.end() > last_page;
    const PhysicalAddress end = wraps ? last_page : range.end().aligned_up(base::page_size);
    return {start, end - start};
}

std::optional<PhysicalRange> next_gap(PhysicalRange within, std::span<const PhysicalRange> taken,
                                      PhysicalAddress from) {
    const PhysicalAddress start = skip_taken(std::max(from, within.start), taken);
    PhysicalAddress end = within.end();
    if (start >= end) return std::nullopt;
    for (const PhysicalRange& range : taken) {
        const PhysicalRange pages = pages_around(range);
        if (!pages.is_empty() && pages.start > start) end = std::min(end, pages.start);
    }
    return PhysicalRange{start, end - start};
}

} // namespace memory
