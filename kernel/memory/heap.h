// The kernel's heap: small objects from slabs, one kind of slab per size; large ones straight from frames.
//
// - Objects are aligned to 16 bytes, or to any power of two that is asked for.
// - A slab that has become empty goes back to the frames, but for one of each size: an object that comes and
//   goes does not take and return a frame each time.
// - Double free and foreign pointers are found in all builds. A guarded heap (debug builds) besides puts red
//   zones behind objects and fills what is free with poison; see guard.h.
//
// Call with interrupts masked, or before there are any.
#pragma once

#include <array>
#include <cstddef>
#include <expected>
#include <span>

#include "kernel/memory/debug.h"
#include "kernel/memory/frames.h"
#include "kernel/memory/slab.h"

namespace memory {

/// How one size of slots stands.
struct SlotStatistics {
    std::size_t slabs = 0;
    std::size_t used = 0; ///< Slots handed out.
};

struct HeapStatistics {
    std::array<SlotStatistics, slot_sizes.size()> slots{};
    std::size_t large_objects = 0;
    std::uint64_t large_frames = 0;
};

class Heap {
public:
    static constexpr std::size_t default_alignment = 16;

    /// Takes its memory from `frames`, which must outlive it.
    explicit Heap(FrameAllocator& frames, bool guarded = debug_build) : frames_(frames), guarded_(guarded) {}

    /// `size` bytes (a size of 0 gives an object too), or null when memory is exhausted, when no block can be
    /// as large, or when `alignment` is no power of two. Panics when a free slot has been written to.
    void* allocate(std::size_t size, std::size_t alignment = default_alignment);

    /// Frees what allocate() returned; null is nothing. Nothing changes on Error::already_freed,
    /// Error::foreign (not this heap's), Error::misaligned (inside of an object), and Error::corrupt (red
    /// zone or slab header overwritten).
    std::expected<void, Error> try_free(void* pointer);

    /// The same, but panics on an error: it is the caller's bug.
    void free(void* pointer);

    /// How many bytes may be used at `pointer`, an object of this heap; errors as of try_free.
    std::expected<std::size_t, Error> usable_size(void* pointer) const;

    /// Returns the empty slabs that are kept to the frames; false when there were none.
    bool release_empty_slabs();

    const HeapStatistics& statistics() const { return statistics_; }

private:
    struct SizeClass {
        base::List<Slab> partial; ///< Slabs with a free slot; an empty one stands last.
        Slab* empty = nullptr;    ///< The one empty slab that is kept; also in `partial`.
    };

    /// Where an object lies: its whole slot or block, and its slab if it has one.
    struct Place {
        std::span<std::byte> slot{};
        Slab* slab = nullptr;
    };

    void* allocate_once(std::size_t needed, std::size_t size, std::size_t alignment);
    std::span<std::byte> allocate_slot(std::size_t size_class);
    std::span<std::byte> allocate_large(std::size_t needed, std::size_t alignment);
    Slab* create_slab(std::size_t size_class);
    void free_slot(const Place& place);
    void free_large(std::span<std::byte> block);
    void retire(Slab& slab);
    void destroy(Slab& slab);
    std::expected<Place, Error> find(void* pointer) const;

    FrameAllocator& frames_;
    const bool guarded_;
    std::array<SizeClass, slot_sizes.size()> classes_;
    HeapStatistics statistics_;
};

/// The kernel's heap. Panics before memory::initialize.
Heap& heap();

} // namespace memory
