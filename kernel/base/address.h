// Strong types for addresses, so that a physical one is never dereferenced and the two are never mixed up.
#pragma once

#include <compare>
#include <cstdint>

namespace base {

inline constexpr std::uint64_t page_shift = 12;
inline constexpr std::uint64_t page_size = std::uint64_t{1} << page_shift;

/// The largest multiple of `alignment` (a power of two) that is not above `value`.
constexpr std::uint64_t align_down(std::uint64_t value, std::uint64_t alignment) {
    return value & ~(alignment - 1);
}

/// The smallest multiple of `alignment` (a power of two) that is not below `value`; wraps near 2^64.
constexpr std::uint64_t align_up(std::uint64_t value, std::uint64_t alignment) {
    return align_down(value + alignment - 1, alignment);
}

/// An address of one kind; arithmetic in bytes, no implicit conversion in or out.
template <class Kind>
struct Address {
    std::uint64_t value = 0;

    constexpr auto operator<=>(const Address&) const = default;

    constexpr Address operator+(std::uint64_t bytes) const { return {value + bytes}; }

    constexpr Address operator-(std::uint64_t bytes) const { return {value - bytes}; }

    constexpr std::uint64_t operator-(Address other) const { return value - other.value; }

    constexpr Address& operator+=(std::uint64_t bytes) {
        value += bytes;
        return *this;
    }

    constexpr bool is_aligned(std::uint64_t alignment) const { return (value & (alignment - 1)) == 0; }

    constexpr Address aligned_down(std::uint64_t alignment) const { return {align_down(value, alignment)}; }

    constexpr Address aligned_up(std::uint64_t alignment) const { return {align_up(value, alignment)}; }
};

/// An address on the memory bus.
using PhysicalAddress = Address<struct PhysicalKind>;
/// An address as instructions use it, translated by the page table in force.
using VirtualAddress = Address<struct VirtualKind>;

/// Physical memory from `start`, `size` bytes long.
struct PhysicalRange {
    PhysicalAddress start{};
    std::uint64_t size = 0;

    constexpr bool operator==(const PhysicalRange&) const = default;

    constexpr PhysicalAddress end() const { return start + size; }

    constexpr bool is_empty() const { return size == 0; }

    constexpr bool contains(PhysicalAddress address) const {
        return address >= start && address - start < size;
    }

    /// Whether all of `other` lies inside; false when `other` wraps around the address space.
    constexpr bool contains(const PhysicalRange& other) const {
        return contains(other.start) && other.size <= size - (other.start - start);
    }

    constexpr bool overlaps(const PhysicalRange& other) const {
        return !is_empty() && !other.is_empty() && start < other.end() && other.start < end();
    }
};

} // namespace base
