// Numbers inside of packets, most significant byte first, as the Internet has them (RFC 791, appendix B).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace net {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

// In all of these the caller has checked that the span reaches far enough.

constexpr std::uint8_t read8(Bytes bytes, std::size_t offset) {
    return std::to_integer<std::uint8_t>(bytes[offset]);
}

constexpr std::uint16_t read16(Bytes bytes, std::size_t offset) {
    return static_cast<std::uint16_t>(read8(bytes, offset) << 8 | read8(bytes, offset + 1));
}

constexpr std::uint32_t read32(Bytes bytes, std::size_t offset) {
    return std::uint32_t{read16(bytes, offset)} << 16 | read16(bytes, offset + 2);
}

constexpr void write8(MutableBytes bytes, std::size_t offset, std::uint8_t value) {
    bytes[offset] = std::byte{value};
}

constexpr void write16(MutableBytes bytes, std::size_t offset, std::uint16_t value) {
    write8(bytes, offset, static_cast<std::uint8_t>(value >> 8));
    write8(bytes, offset + 1, static_cast<std::uint8_t>(value));
}

constexpr void write32(MutableBytes bytes, std::size_t offset, std::uint32_t value) {
    write16(bytes, offset, static_cast<std::uint16_t>(value >> 16));
    write16(bytes, offset + 2, static_cast<std::uint16_t>(value));
}

constexpr void copy(Bytes from, MutableBytes to) { std::copy(from.begin(), from.end(), to.begin()); }

constexpr void clear(MutableBytes bytes) { std::fill(bytes.begin(), bytes.end(), std::byte{0}); }

} // namespace net
