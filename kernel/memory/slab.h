// A slab: a block of frames cut into slots of one size, with a bit per slot that says whether it is in use.
//
//     | Slab: links, counts, bits | gap | slot | slot | slot | … |
//
// The bits lie apart from the slots, so that freeing a slot twice is certain to be seen, and writing to a
// freed one cannot lead the allocator astray.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "kernel/abi/error.h"
#include "kernel/base/address.h"
#include "kernel/base/list.h"

namespace memory {

/// The sizes of slots: powers of two and the middles between them, so that at most a third is wasted.
inline constexpr std::array<std::uint16_t, 14> slot_sizes = {16,  32,  48,  64,  96,   128,  192,
                                                             256, 384, 512, 768, 1024, 1536, 2048};

/// To how many bytes all slots of a size are aligned: the largest power of two that divides the size.
constexpr std::size_t slot_alignment(std::size_t slot_size) { return slot_size & (~slot_size + 1); }

/// Frames per slab, as an order: one for small slots, four for those of which one would hold few.
constexpr unsigned slab_order(std::size_t slot_size) { return slot_size <= 256 ? 0 : 2; }

class Slab : public base::ListNode<> {
public:
    /// Constructed at the start of its own block, for slots of slot_sizes[size_class].
    explicit Slab(std::size_t size_class) : size_class_(static_cast<std::uint16_t>(size_class)) {}

    std::size_t size_class() const { return size_class_; }

    std::size_t slot_size() const { return slot_sizes[size_class_]; }

    std::size_t capacity() const { return capacity_of(size_class_); }

    bool is_full() const { return used_ == capacity(); }

    bool is_empty() const { return used_ == 0; }

    /// False when the header has been overwritten.
    bool is_sound() const { return mark_ == sound && size_class_ < slot_sizes.size() && used_ <= capacity(); }

    /// Takes the first free slot; there must be one.
    std::span<std::byte> take();
    /// Gives a slot back that slot_at() returned.
    void give(std::span<const std::byte> slot);
    /// The slot in use that begins at `pointer`. Error::misaligned when none begins there,
    /// Error::already_freed.
    std::expected<std::span<std::byte>, abi::Error> slot_at(const void* pointer);
    /// The slot of that number, below capacity().
    std::span<std::byte> slot(std::size_t number);

    static constexpr std::size_t first_slot_of(std::size_t size_class);
    static constexpr std::size_t capacity_of(std::size_t size_class);

private:
    static constexpr std::uint32_t sound = 0x51ab'900d;

    std::size_t number_of(const void* slot) const;

    std::uint32_t mark_ = sound;
    std::uint16_t size_class_;
    std::uint16_t used_ = 0;
    std::array<std::uint64_t, 4> bits_{}; ///< Set: in use.
};

constexpr std::size_t Slab::first_slot_of(std::size_t size_class) {
    return base::align_up(sizeof(Slab), slot_alignment(slot_sizes[size_class]));
}

constexpr std::size_t Slab::capacity_of(std::size_t size_class) {
    const std::size_t size = slot_sizes[size_class];
    return ((base::page_size << slab_order(size)) - first_slot_of(size_class)) / size;
}

static_assert(Slab::capacity_of(0) <= 256, "one bit per slot");

} // namespace memory
