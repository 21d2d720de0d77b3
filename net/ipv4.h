// Packets of the Internet Protocol, version 4 (RFC 791). Fragments are not put together.
#pragma once

#include <cstdint>
#include <expected>

#include "net/address.h"
#include "net/bytes.h"
#include "net/counters.h"

namespace net {

inline constexpr std::size_t ipv4_header_size = 20; ///< Of what is sent: without options.

namespace protocol {
inline constexpr std::uint8_t icmp = 1;
inline constexpr std::uint8_t udp = 17;
} // namespace protocol

struct Ipv4Header {
    Ipv4Address source{};
    Ipv4Address destination{};
    std::uint8_t protocol = 0;
    std::uint8_t time_to_live =
        64; ///< Routers that it may pass; of no meaning at the goal (RFC 1122, 3.2.1.7).
};

struct Ipv4Packet {
    Ipv4Header header;
    Bytes payload; ///< What stands behind the header and its options, without the frame's padding.
};

/// Takes a packet apart, or says why it cannot be used.
std::expected<Ipv4Packet, Drop> read_ipv4(Bytes packet);
/// Writes the 20 bytes of a header in front of `payload_size` bytes.
void write_ipv4(MutableBytes to, const Ipv4Header& header, std::size_t payload_size);

/// The sum that UDP's checksum begins with, so that it covers the addresses as well (RFC 768).
std::uint32_t pseudo_header_sum(const Ipv4Header& header, std::size_t payload_size);

} // namespace net
