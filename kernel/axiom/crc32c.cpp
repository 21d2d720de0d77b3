// Eight bytes at a time ("slicing by 8", Kounavis and Berry, 2005): table[n][b] is what byte b does to the
// CRC when n bytes follow it.
#include "kernel/axiom/crc32c.h"

#include <array>

#include "kernel/axiom/digest.h"

namespace axiom {
namespace {

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

consteval Tables make_tables() {
    Tables tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f6'3b78 : 0);
        tables[0][byte] = crc;
    }
    for (std::size_t n = 1; n < 8; ++n)
        for (std::size_t byte = 0; byte < 256; ++byte)
            tables[n][byte] = tables[n - 1][byte] >> 8 ^ tables[0][tables[n - 1][byte] & 0xff];
    return tables;
}

constexpr Tables tables = make_tables();

} // namespace

std::uint32_t crc32c(std::uint32_t before, std::span<const std::byte> words) {
    std::uint64_t crc = ~before;
    for (std::size_t at = 0; at < words.size(); at += 8) {
        const std::uint64_t word = load_word(words.data() + at) ^ crc;
        crc = 0;
#pragma GCC unroll 8
        for (unsigned n = 0; n < 8; ++n) crc ^= tables[7 - n][word >> 8 * n & 0xff];
    }
    return ~static_cast<std::uint32_t>(crc);
}

} // namespace axiom
