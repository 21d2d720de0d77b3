// The Address Resolution Protocol (RFC 826): which network card has a host's address?
#pragma once

#include <cstdint>
#include <optional>

#include "net/address.h"
#include "net/bytes.h"

namespace net {

struct ArpPacket {
    static constexpr std::size_t size = 28;
    enum class Operation : std::uint16_t { request = 1, reply = 2 };

    Operation operation = Operation::request;
    MacAddress sender_mac{};
    Ipv4Address sender{};
    MacAddress target_mac{}; ///< Of no meaning in a request, for it is what is asked for.
    Ipv4Address target{};
};

/// Reads a packet that is about Ethernet and IPv4; nothing for any other.
std::optional<ArpPacket> read_arp(Bytes packet);
/// Writes ArpPacket::size bytes.
void write_arp(MutableBytes to, const ArpPacket& packet);

} // namespace net
