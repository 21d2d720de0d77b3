// Physical memory, handed out in blocks of 2^order frames: a buddy allocator.
//
//     zone 0: RAM 0x40000000-0x48000000                        zone 1: …   One zone per range of RAM. The
//     | Frame Frame Frame … | frame | frame | frame | … |                  metadata, one Frame for each, lies
//       metadata                                                           in the zone's own first gap.
//
// - A block is aligned to its size. Its first frame, the head, says what it is; the others are `inner`.
// - Two blocks of order n that would make one of order n+1, buddies, are never both free: they merge.
// - The last few single frames that were freed are kept whole and used again first: caches know them.
// - What is reserved, and frame 0, whose address would read as null, is never handed out.
//
// Call with interrupts masked, or before there are any.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "kernel/abi/error.h"
#include "kernel/base/address.h"
#include "kernel/base/list.h"
#include "kernel/base/static_vector.h"

namespace memory {

using abi::Error;
using base::PhysicalAddress;
using base::PhysicalRange;

/// What a block was taken for; kept with it, so that its owner can be found from any address inside.
enum class FrameUse : std::uint8_t { other, page_table, slab, large };

/// A block that has been handed out.
struct FrameBlock {
    PhysicalAddress start{};
    unsigned order = 0;
    FrameUse use = FrameUse::other;

    constexpr std::uint64_t size() const { return base::page_size << order; }
};

/// How the frames stand. Always total == free + sum of used.
struct FrameStatistics {
    static constexpr unsigned orders = 19;

    std::uint64_t metadata = 0;                      ///< Frames that the allocator keeps its own books in.
    std::uint64_t total = 0;                         ///< Frames that can be handed out.
    std::uint64_t free = 0;                          ///< Those that are not handed out.
    std::uint64_t recent = 0;                        ///< Of the free ones, those kept whole for the next use.
    std::array<std::uint64_t, orders> free_blocks{}; ///< Free blocks of each order, without the recent ones.
    std::array<std::uint64_t, 4> used{};             ///< Frames handed out for each FrameUse.
};

class FrameAllocator {
public:
    /// The largest block is 1 GiB.
    static constexpr unsigned max_order = FrameStatistics::orders - 1;

    /// Takes charge of all of `memory` that is not in `reserved`. Ranges of `memory` must not overlap; those
    /// of `reserved` may, and may lie partly outside of RAM. All of it must be in the direct map. A range too
    /// small for its own metadata is left alone.
    FrameAllocator(std::span<const PhysicalRange> memory, std::span<const PhysicalRange> reserved);

    /// Hands out 2^order frames, aligned to their size, with whatever they hold. Error::out_of_memory when no
    /// block is that large, Error::too_large when none ever is. O(log n).
    std::expected<PhysicalAddress, Error> allocate(unsigned order = 0, FrameUse use = FrameUse::other);

    /// Takes a block back; `start` must be what allocate() returned. Nothing changes on Error::misaligned
    /// (not the start of a block), Error::already_freed, and Error::foreign (not RAM, or reserved). O(log n).
    std::expected<void, Error> free(PhysicalAddress start);

    /// The block in use that holds `address`, or Error::already_freed or Error::foreign. O(log n).
    std::expected<FrameBlock, Error> find(PhysicalAddress address) const;

    const FrameStatistics& statistics() const { return statistics_; }

    /// Walks all metadata: whether blocks, buddies and counts agree with each other. Slow; for tests.
    bool verify() const;

private:
    enum class State : std::uint8_t { reserved, inner, free, recent, used };

    struct Frame : base::ListNode<> {
        State state = State::reserved;
        FrameUse use = FrameUse::other;
        std::uint8_t order = 0;
        std::uint8_t zone = 0;
    };

    /// One range of RAM. Frames are known by their number, physical address / page size, so that buddies are
    /// aligned.
    struct Zone {
        PhysicalRange range{};
        Frame* frames = nullptr;

        std::uint64_t first() const { return range.start.value >> base::page_shift; }

        std::uint64_t count() const { return range.size >> base::page_shift; }

        /// Null when the frame of that number is not in this zone.
        Frame* frame(std::uint64_t number) const {
            return number >= first() && number - first() < count() ? frames + (number - first()) : nullptr;
        }

        std::uint64_t number(const Frame& frame) const {
            return first() + static_cast<std::uint64_t>(&frame - frames);
        }

        Frame* head_of(std::uint64_t number) const;
    };

    void add_zone(PhysicalRange range, std::span<const PhysicalRange> reserved);
    void add_free(const Zone& zone, PhysicalRange range);
    const Zone* zone_of(PhysicalAddress address) const;
    Frame* take_free_block(unsigned order);
    Frame* take_recent();
    void keep_recent(Frame& frame);
    bool release_recent();
    void merge_and_insert(Frame& frame);
    void insert(Frame& frame, unsigned order);
    void remove(Frame& frame);
    bool verify_block(const Zone& zone, std::uint64_t number, FrameStatistics& found) const;

    static constexpr std::size_t recent_limit = 64;

    base::StaticVector<Zone, 64> zones_;
    std::array<base::List<Frame>, max_order + 1> free_lists_;
    std::array<Frame*, recent_limit> recent_{}; ///< A ring: the newest is at recent_next_ - 1.
    std::size_t recent_next_ = 0;
    FrameStatistics statistics_;
};

/// The kernel's frames. Panics before memory::initialize.
FrameAllocator& frames();

} // namespace memory
