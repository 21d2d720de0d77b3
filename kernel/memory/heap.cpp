// Which slab or block an object comes from, and how it finds its way back.
#include "kernel/memory/heap.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <optional>
#include <string_view>

#include "hal/mmu.h"
#include "kernel/base/log.h"
#include "kernel/memory/guard.h"

namespace memory {
namespace {

/// The smallest size of slots that holds `needed` bytes at that alignment.
std::optional<std::size_t> find_size_class(std::size_t needed, std::size_t alignment) {
    for (std::size_t i = 0; i < slot_sizes.size(); ++i)
        if (slot_sizes[i] >= needed && slot_alignment(slot_sizes[i]) >= alignment) return i;
    return std::nullopt;
}

/// Not std::has_single_bit: it counts bits, which some compilers do in a SIMD register.
constexpr bool is_power_of_two(std::size_t number) { return number != 0 && (number & (number - 1)) == 0; }

PhysicalAddress physical(const void* pointer) {
    return hal::to_physical({reinterpret_cast<std::uintptr_t>(pointer)});
}

/// What a caller of free did wrong, for the panic that tells of it.
std::string_view explain(Error error) {
    switch (error) {
    case Error::already_freed: return "it was already freed (double free)";
    case Error::misaligned: return "it points into an object, not at its start";
    case Error::corrupt: return "memory around it was overwritten (corrupt red zone or slab)";
    default: return "it is a foreign address, not from this heap";
    }
}

} // namespace

void* Heap::allocate(std::size_t size, std::size_t alignment) {
    const std::size_t needed = std::max<std::size_t>(size, 1) + (guarded_ ? guard::overhead : 0);
    if (!is_power_of_two(alignment) || needed < size) return nullptr;
    void* pointer = allocate_once(needed, size, alignment);
    if (!pointer && release_empty_slabs()) pointer = allocate_once(needed, size, alignment);
    return pointer;
}

void* Heap::allocate_once(std::size_t needed, std::size_t size, std::size_t alignment) {
    const auto size_class = find_size_class(needed, alignment);
    const auto slot = size_class ? allocate_slot(*size_class) : allocate_large(needed, alignment);
    if (slot.empty()) return nullptr;
    if (guarded_) guard::arm(slot, size);
    return slot.data();
}

std::span<std::byte> Heap::allocate_slot(std::size_t size_class) {
    SizeClass& sized = classes_[size_class];
    Slab* slab = sized.partial.empty() ? create_slab(size_class) : sized.partial.front();
    if (!slab) return {};
    if (slab == sized.empty) sized.empty = nullptr;
    const std::span<std::byte> slot = slab->take();
    if (slab->is_full()) slab->unlink();
    ++statistics_.slots[size_class].used;
    if (guarded_ && !guard::is_poisoned(slot))
        base::panic("heap: {} was written to after it was freed", slot.data());
    return slot;
}

std::span<std::byte> Heap::allocate_large(std::size_t needed, std::size_t alignment) {
    const std::size_t size = std::max(needed, alignment); // Blocks are aligned to their size.
    if (size > base::page_size << FrameAllocator::max_order) return {};
    const auto pages = base::align_up(size, base::page_size) >> base::page_shift;
    const auto order = static_cast<unsigned>(std::bit_width(pages - 1));
    const auto block = frames_.allocate(order, FrameUse::large);
    if (!block) return {};
    ++statistics_.large_objects;
    statistics_.large_frames += std::uint64_t{1} << order;
    return {hal::direct<std::byte>(*block), base::page_size << order};
}

/// A new slab, in its list of slabs with free slots; null when there are no frames.
Slab* Heap::create_slab(std::size_t size_class) {
    const auto block = frames_.allocate(slab_order(slot_sizes[size_class]), FrameUse::slab);
    if (!block) return nullptr;
    Slab* slab = std::construct_at(hal::direct<Slab>(*block), size_class);
    if (guarded_)
        for (std::size_t i = 0; i < slab->capacity(); ++i) guard::poison(slab->slot(i));
    classes_[size_class].partial.push_front(*slab);
    ++statistics_.slots[size_class].slabs;
    return slab;
}

std::expected<void, Error> Heap::try_free(void* pointer) {
    if (!pointer) return {};
    const auto place = find(pointer);
    if (!place) return std::unexpected(place.error());
    if (guarded_) {
        if (const auto intact = guard::check(place->slot); !intact) return std::unexpected(intact.error());
        guard::poison(place->slot);
    }
    if (place->slab)
        free_slot(*place);
    else
        free_large(place->slot);
    return {};
}

void Heap::free(void* pointer) {
    if (const auto freed = try_free(pointer); !freed)
        base::panic("heap: cannot free {}: {}", pointer, explain(freed.error()));
}

void Heap::free_slot(const Place& place) {
    Slab& slab = *place.slab;
    const bool was_full = slab.is_full();
    slab.give(place.slot);
    --statistics_.slots[slab.size_class()].used;
    if (was_full) classes_[slab.size_class()].partial.push_front(slab);
    if (slab.is_empty()) retire(slab);
}

void Heap::free_large(std::span<std::byte> block) {
    --statistics_.large_objects;
    statistics_.large_frames -= block.size() >> base::page_shift;
    const auto freed = frames_.free(physical(block.data()));
    base::check(freed.has_value(), "heap: the frames disown a large object");
}

/// Keeps the first empty slab of a size, behind those with objects so that they fill up first; frees others.
void Heap::retire(Slab& slab) {
    SizeClass& sized = classes_[slab.size_class()];
    if (sized.empty) return destroy(slab);
    slab.unlink();
    sized.partial.push_back(slab);
    sized.empty = &slab;
}

void Heap::destroy(Slab& slab) {
    slab.unlink();
    --statistics_.slots[slab.size_class()].slabs;
    const auto freed = frames_.free(physical(&slab));
    base::check(freed.has_value(), "heap: the frames disown a slab");
}

bool Heap::release_empty_slabs() {
    bool any = false;
    for (SizeClass& sized : classes_) {
        if (!sized.empty) continue;
        destroy(*sized.empty);
        sized.empty = nullptr;
        any = true;
    }
    return any;
}

std::expected<std::size_t, Error> Heap::usable_size(void* pointer) const {
    const auto place = find(pointer);
    if (!place) return std::unexpected(place.error());
    if (guarded_) return guard::check(place->slot);
    return place->slot.size();
}

/// From an address to what holds it: the frames know the block, and the block is a slab or one large object.
std::expected<Heap::Place, Error> Heap::find(void* pointer) const {
    const auto block = frames_.find(physical(pointer));
    if (!block) return std::unexpected(block.error());
    if (block->use == FrameUse::large) {
        auto* start = hal::direct<std::byte>(block->start);
        if (pointer != start) return std::unexpected(Error::misaligned);
        return Place{{start, block->size()}, nullptr};
    }
    if (block->use != FrameUse::slab) return std::unexpected(Error::foreign);
    Slab* slab = hal::direct<Slab>(block->start);
    if (!slab->is_sound()) return std::unexpected(Error::corrupt);
    const auto slot = slab->slot_at(pointer);
    if (!slot) return std::unexpected(slot.error());
    return Place{*slot, slab};
}

} // namespace memory
