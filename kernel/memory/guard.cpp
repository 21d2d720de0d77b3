// Filling slots with patterns, and looking whether they are still there.
#include "kernel/memory/guard.h"

#include <algorithm>
#include <cstdint>

namespace memory::guard {
namespace {

constexpr std::byte fresh{0xa5};    ///< An object that nobody has written yet.
constexpr std::byte red_zone{0xfd}; ///< Behind an object.
constexpr std::byte freed{0xdd};    ///< A free slot.

/// The size lies sealed by its own address, so that neither a fill nor a copied slot passes for one.
std::uint64_t& sealed_size(std::span<const std::byte> slot) {
    void* place = const_cast<std::byte*>(slot.data() + slot.size() - sizeof(std::uint64_t));
    return *static_cast<std::uint64_t*>(place);
}

std::uint64_t seal(const std::uint64_t& place) {
    return reinterpret_cast<std::uintptr_t>(&place) ^ 0x5e'a1ed'512e'0fa1;
}

std::span<const std::byte> red_zone_of(std::span<const std::byte> slot, std::size_t size) {
    return slot.subspan(size, slot.size() - sizeof(std::uint64_t) - size);
}

bool all_are(std::span<const std::byte> bytes, std::byte value) {
    return std::ranges::all_of(bytes, [value](std::byte each) { return each == value; });
}

} // namespace

void arm(std::span<std::byte> slot, std::size_t size) {
    std::ranges::fill(slot.first(size), fresh);
    std::ranges::fill(slot.subspan(size), red_zone);
    std::uint64_t& record = sealed_size(slot);
    record = size ^ seal(record);
}

std::expected<std::size_t, abi::Error> check(std::span<const std::byte> slot) {
    const std::uint64_t& record = sealed_size(slot);
    const std::uint64_t size = record ^ seal(record);
    if (size > slot.size() - overhead || !all_are(red_zone_of(slot, size), red_zone))
        return std::unexpected(abi::Error::corrupt);
    return size;
}

void poison(std::span<std::byte> slot) { std::ranges::fill(slot, freed); }

bool is_poisoned(std::span<const std::byte> slot) { return all_are(slot, freed); }

} // namespace memory::guard
