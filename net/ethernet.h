// Ethernet frames (IEEE 802.3, with a type field as in RFC 894).
//
//     offset   0              6         12      14
//              destination    source    type    payload …      60 to 1514 bytes in all
#pragma once

#include <cstdint>
#include <optional>

#include "net/address.h"
#include "net/bytes.h"

namespace net {

inline constexpr std::size_t ethernet_header_size = 14;
inline constexpr std::size_t largest_payload = 1500; ///< Of a frame, and so the largest IPv4 packet here.
inline constexpr std::size_t largest_frame = ethernet_header_size + largest_payload;

namespace ether_type {
inline constexpr std::uint16_t ipv4 = 0x0800;
inline constexpr std::uint16_t arp = 0x0806;
inline constexpr std::uint16_t experiment = 0x88b5; ///< For whoever wants to try something (IEEE 802, 9.2.3).
} // namespace ether_type

struct EthernetHeader {
    MacAddress destination{};
    MacAddress source{};
    std::uint16_t type = 0;
};

/// The header of a frame; nothing when the frame is too short to have one.
std::optional<EthernetHeader> read_ethernet(Bytes frame);
/// Writes the header to the first 14 bytes of `frame`.
void write_ethernet(MutableBytes frame, const EthernetHeader& header);

} // namespace net
