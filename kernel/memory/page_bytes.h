// The bytes of a page, seen through the direct map.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "hal/mmu.h"

namespace memory {

/// A page as lines of eight words: what compilers clear and copy with the fewest instructions.
using PageLines = std::array<std::array<std::uint64_t, 8>, base::page_size / 64>;

inline PageLines& page_lines(base::PhysicalAddress page) { return *hal::direct<PageLines>(page); }

inline void clear_page(base::PhysicalAddress page) {
    for (auto& line : page_lines(page)) line = {};
}

inline void copy_page(base::PhysicalAddress to, base::PhysicalAddress from) {
    const PageLines& source = page_lines(from);
    PageLines& target = page_lines(to);
    for (std::size_t i = 0; i < source.size(); ++i) target[i] = source[i];
}

inline std::span<std::byte> page_bytes(base::PhysicalAddress page) {
    return {hal::direct<std::byte>(page), base::page_size};
}

} // namespace memory
