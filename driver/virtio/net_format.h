// What a virtio network card and its driver say to each other (virtio 1.2, 5.1); all numbers are
// little-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace driver::virtio::network {

inline constexpr std::uint16_t receive_queue = 0, transmit_queue = 1;

namespace feature {
inline constexpr std::uint64_t mac = std::uint64_t{1} << 5;
inline constexpr std::uint64_t mergeable_buffers = std::uint64_t{1} << 15;
inline constexpr std::uint64_t status = std::uint64_t{1} << 16;
} // namespace feature

/// Offsets in the configuration (5.1.4).
namespace configuration {
inline constexpr std::uint32_t mac = 0;
inline constexpr std::uint32_t status = 6;
inline constexpr std::uint16_t link_up = 1; ///< A bit of the status.
} // namespace configuration

/// What stands in front of each frame in a buffer (5.1.6). Nothing in it matters to a driver that lets the
/// card compute nothing, but for the last number: in how many buffers a mergeable frame came.
namespace header {
inline constexpr std::size_t size = 12;
inline constexpr std::size_t buffers = 10;
} // namespace header

inline constexpr std::size_t smallest_frame = 60; ///< What Ethernet demands, without the checksum.
inline constexpr std::size_t smallest_header = 14;

constexpr std::uint16_t buffers_of(std::span<const std::byte> received) {
    return static_cast<std::uint16_t>(std::to_integer<unsigned>(received[header::buffers]) |
                                      std::to_integer<unsigned>(received[header::buffers + 1]) << 8);
}

} // namespace driver::virtio::network
