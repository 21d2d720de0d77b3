// Finding bits in words, for CPUs without an instruction for it too.
#pragma once

#include <array>
#include <cstdint>

namespace base {

/// A de Bruijn sequence: each pattern of six bits is in it once.
inline constexpr std::uint64_t de_bruijn = 0x03f7'9d71'b4cb'0a89;

/// By how much it was shifted to bring a pattern to its top.
inline constexpr auto shift_of_pattern = [] {
    std::array<std::uint8_t, 64> table{};
    for (std::uint8_t i = 0; i < 64; ++i) table[de_bruijn << i >> 58] = i;
    return table;
}();

/// The number of the lowest bit that is set; there must be one. Multiplying by that bit is shifting by its
/// number. (Leiserson, Prokop, Randall: Using de Bruijn sequences to index a 1 in a computer word, 1998.
/// Where the compiler knows no instruction, as on rv64 without Zbb, std::countr_zero is a call of sixty
/// instructions.)
constexpr unsigned lowest_bit(std::uint64_t word) {
    return shift_of_pattern[(word & -word) * de_bruijn >> 58];
}

} // namespace base
