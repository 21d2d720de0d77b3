// The buddy allocator: zones at boot, then splitting on the way out and merging on the way back.
#include "kernel/memory/frames.h"

#include <algorithm>
#include <bit>
#include <memory>

#include "hal/mmu.h"
#include "kernel/memory/ranges.h"

namespace memory {
namespace {

PhysicalRange without_frame_zero(PhysicalRange range) {
    if (range.is_empty() || range.start.value != 0) return range;
    return {range.start + base::page_size, range.size - base::page_size};
}

constexpr std::uint64_t frames_of(unsigned order) { return std::uint64_t{1} << order; }

} // namespace

FrameAllocator::FrameAllocator(std::span<const PhysicalRange> memory,
                               std::span<const PhysicalRange> reserved) {
    for (const PhysicalRange& range : memory) add_zone(without_frame_zero(pages_inside(range)), reserved);
}

void FrameAllocator::add_zone(PhysicalRange range, std::span<const PhysicalRange> reserved) {
    const std::uint64_t needed =
        base::align_up((range.size >> base::page_shift) * sizeof(Frame), base::page_size);
    auto home = next_gap(range, reserved, range.start);
    while (home && home->size < needed) home = next_gap(range, reserved, home->end());
    if (!home || zones_.full()) return;

    const Zone zone{range, hal::direct<Frame>(home->start)};
    for (std::uint64_t i = 0; i < zone.count(); ++i)
        std::construct_at(zone.frames + i)->zone = static_cast<std::uint8_t>(zones_.size());
    zones_.push_back(zone);
    statistics_.metadata += needed >> base::page_shift;

    for (auto gap = next_gap(range, reserved, range.start); gap;
         gap = next_gap(range, reserved, gap->end())) {
        const bool is_home = gap->start == home->start;
        add_free(zone, is_home ? PhysicalRange{gap->start + needed, gap->size - needed} : *gap);
    }
}

/// Cuts a free range into the largest aligned blocks. They cannot merge, so none needs to look for its buddy.
void FrameAllocator::add_free(const Zone& zone, PhysicalRange range) {
    std::uint64_t number = range.start.value >> base::page_shift;
    std::uint64_t left = range.size >> base::page_shift;
    statistics_.total += left;
    for (std::uint64_t i = 0; i < left; ++i) zone.frame(number + i)->state = State::inner;
    while (left > 0) {
        const int aligned = std::countr_zero(number), fitting = std::bit_width(left) - 1;
        const auto order = static_cast<unsigned>(std::min({aligned, fitting, static_cast<int>(max_order)}));
        insert(*zone.frame(number), order);
        number += frames_of(order);
        left -= frames_of(order);
    }
}

std::expected<PhysicalAddress, Error> FrameAllocator::allocate(unsigned order, FrameUse use) {
    if (order > max_order) return std::unexpected(Error::too_large);
    Frame* frame = order == 0 ? take_recent() : nullptr;
    if (!frame) frame = take_free_block(order);
    // Frames that are kept whole may be what a larger block lacks.
    if (!frame && release_recent()) frame = take_free_block(order);
    if (!frame) return std::unexpected(Error::out_of_memory);
    frame->state = State::used;
    frame->use = use;
    statistics_.used[static_cast<std::size_t>(use)] += frames_of(order);
    return PhysicalAddress{zones_[frame->zone].number(*frame) << base::page_shift};
}

std::expected<void, Error> FrameAllocator::free(PhysicalAddress start) {
    if (!start.is_aligned(base::page_size)) return std::unexpected(Error::misaligned);
    const auto block = find(start);
    if (!block) return std::unexpected(block.error());
    if (block->start != start) return std::unexpected(Error::misaligned);
    statistics_.used[static_cast<std::size_t>(block->use)] -= frames_of(block->order);
    Frame& frame = *zone_of(start)->frame(start.value >> base::page_shift);
    if (block->order == 0)
        keep_recent(frame);
    else
        merge_and_insert(frame);
    return {};
}

std::expected<FrameBlock, Error> FrameAllocator::find(PhysicalAddress address) const {
    const Zone* zone = zone_of(address);
    const Frame* head = zone ? zone->head_of(address.value >> base::page_shift) : nullptr;
    if (!head || head->state == State::reserved) return std::unexpected(Error::foreign);
    if (head->state != State::used) return std::unexpected(Error::already_freed);
    return FrameBlock{{zone->number(*head) << base::page_shift}, head->order, head->use};
}

/// Looks where a block that holds the frame could begin, from near to far: the first that is not inner is it.
FrameAllocator::Frame* FrameAllocator::Zone::head_of(std::uint64_t number) const {
    for (unsigned order = 0; order <= max_order; ++order) {
        Frame* candidate = frame(base::align_down(number, frames_of(order)));
        if (!candidate || candidate->state != State::inner) return candidate;
    }
    return nullptr;
}

const FrameAllocator::Zone* FrameAllocator::zone_of(PhysicalAddress address) const {
    const Zone* zone =
        std::ranges::find_if(zones_, [&](const Zone& each) { return each.range.contains(address); });
    return zone == zones_.end() ? nullptr : zone;
}

/// Takes the smallest free block that will do, and gives back what is too much of it, half by half.
FrameAllocator::Frame* FrameAllocator::take_free_block(unsigned order) {
    unsigned found = order;
    while (found <= max_order && free_lists_[found].empty()) ++found;
    if (found > max_order) return nullptr;
    Frame* frame = free_lists_[found].front();
    remove(*frame);
    // [lab 3: split a block]
    while (found > order) {
        --found;
        insert(frame[frames_of(found)], found);
    }
    // [/lab]
    frame->order = static_cast<std::uint8_t>(order);
    return frame;
}

FrameAllocator::Frame* FrameAllocator::take_recent() {
    if (statistics_.recent == 0) return nullptr;
    --statistics_.recent;
    --statistics_.free;
    recent_next_ = (recent_next_ + recent_limit - 1) % recent_limit;
    return recent_[recent_next_];
}

/// When the ring is full the oldest, which stands where the newest is to go, makes room.
void FrameAllocator::keep_recent(Frame& frame) {
    if (statistics_.recent == recent_limit) {
        --statistics_.recent;
        --statistics_.free;
        merge_and_insert(*recent_[recent_next_]);
    }
    frame.state = State::recent;
    recent_[recent_next_] = &frame;
    recent_next_ = (recent_next_ + 1) % recent_limit;
    ++statistics_.recent;
    ++statistics_.free;
}

/// Lets all recent frames merge; false when there was none.
bool FrameAllocator::release_recent() {
    const bool any = statistics_.recent > 0;
    while (Frame* frame = take_recent()) merge_and_insert(*frame);
    return any;
}

void FrameAllocator::merge_and_insert(Frame& frame) {
    const Zone& zone = zones_[frame.zone];
    std::uint64_t number = zone.number(frame);
    unsigned order = frame.order;
    // [lab 3: merge with the buddy]
    for (; order < max_order; ++order) {
        Frame* buddy = zone.frame(number ^ frames_of(order));
        if (!buddy || buddy->state != State::free || buddy->order != order) break;
        remove(*buddy);
        // The upper of the two heads is one no more.
        zone.frame(number | frames_of(order))->state = State::inner;
        number &= ~frames_of(order);
    }
    // [/lab]
    insert(*zone.frame(number), order);
}

void FrameAllocator::insert(Frame& frame, unsigned order) {
    frame.state = State::free;
    frame.order = static_cast<std::uint8_t>(order);
    free_lists_[order].push_front(frame);
    ++statistics_.free_blocks[order];
    statistics_.free += frames_of(order);
}

void FrameAllocator::remove(Frame& frame) {
    frame.unlink();
    --statistics_.free_blocks[frame.order];
    statistics_.free -= frames_of(frame.order);
}

bool FrameAllocator::verify() const {
    FrameStatistics found;
    for (const Zone& zone : zones_) {
        std::uint64_t number = zone.first();
        while (const Frame* head = zone.frame(number)) {
            if (!verify_block(zone, number, found)) return false;
            number += head->state == State::reserved ? 1 : frames_of(head->order);
        }
    }
    return found.total == statistics_.total && found.free == statistics_.free &&
           found.recent == statistics_.recent && found.free_blocks == statistics_.free_blocks &&
           found.used == statistics_.used;
}

/// Checks one block and adds it to what was found.
bool FrameAllocator::verify_block(const Zone& zone, std::uint64_t number, FrameStatistics& found) const {
    const Frame& head = *zone.frame(number);
    if (head.state == State::reserved) return true;
    const std::uint64_t size = frames_of(head.order);
    if (head.state == State::inner || number % size != 0) return false;
    for (std::uint64_t i = 1; i < size; ++i)
        if (const Frame* inner = zone.frame(number + i); !inner || inner->state != State::inner) return false;
    found.total += size;
    if (head.state == State::used) {
        found.used[static_cast<std::size_t>(head.use)] += size;
        return true;
    }
    found.free += size;
    if (head.state == State::recent) {
        ++found.recent;
        return head.order == 0;
    }
    ++found.free_blocks[head.order];
    const Frame* buddy = zone.frame(number ^ size);
    return head.is_linked() &&
           (head.order == max_order || !buddy || buddy->state != State::free || buddy->order != head.order);
}

} // namespace memory
