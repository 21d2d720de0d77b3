// Datagrams of UDP (RFC 768).
#pragma once

#include <cstdint>
#include <expected>

#include "net/bytes.h"
#include "net/counters.h"
#include "net/ipv4.h"

namespace net {

inline constexpr std::size_t udp_header_size = 8;

namespace port {
inline constexpr std::uint16_t echo = 7; // RFC 862
inline constexpr std::uint16_t dhcp_server = 67;
inline constexpr std::uint16_t dhcp_client = 68;
} // namespace port

struct UdpPorts {
    std::uint16_t source = 0;
    std::uint16_t destination = 0;
};

struct UdpDatagram {
    UdpPorts ports;
    Bytes payload;
};

/// Takes the datagram apart that a packet carries, or says why it cannot be used.
std::expected<UdpDatagram, Drop> read_udp(const Ipv4Packet& packet);
/// Writes a header in front of the payload, which stands in `datagram` already.
void write_udp(MutableBytes datagram, UdpPorts ports, const Ipv4Header& header);

} // namespace net
