// The bytes of a page, seen through the direct map.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "hal/mmu.h"

namespace memory {

/// A page as lines of 32 words. They are written out word by word: the compiler makes one instruction of each
/// or of two, where it would make a call or a string instruction of an assignment.
using PageLine = std::array<std::uint64_t, 32>;
using PageLines = std::array<PageLine, base::page_size / sizeof(PageLine)>;
using PageWords = std::make_index_sequence<std::tuple_size_v<PageLine>>;

inline PageLines& page_lines(base::PhysicalAddress page) { return *hal::direct<PageLines>(page); }

template <std::size_t... Word>
void clear_line(PageLine& line, std::index_sequence<Word...>) {
    ((line[Word] = 0), ...);
}

template <std::size_t... Word>
void copy_line(PageLine& to, const PageLine& from, std::index_sequence<Word...>) {
    ((to[Word] = from[Word]), ...);
}

inline void clear_page(base::PhysicalAddress page) {
    for (PageLine& line : page_lines(page)) clear_line(line, PageWords());
}

inline void copy_page(base::PhysicalAddress to, base::PhysicalAddress from) {
    const PageLines& source = page_lines(from);
    PageLines& target = page_lines(to);
    for (std::size_t i = 0; i < source.size(); ++i) copy_line(target[i], source[i], PageWords());
}

inline std::span<std::byte> page_bytes(base::PhysicalAddress page) {
    return {hal::direct<std::byte>(page), base::page_size};
}

} // namespace memory
