// Checks datagrams, and writes their headers.
#include "net/udp.h"

#include "net/checksum.h"

namespace net {
namespace {

constexpr std::size_t source_offset = 0;
constexpr std::size_t destination_offset = 2;
constexpr std::size_t length_offset = 4;
constexpr std::size_t checksum_offset = 6;

constexpr std::uint16_t no_checksum = 0; // Its sender did not compute one; a real 0 travels as 0xffff.

} // namespace

std::expected<UdpDatagram, Drop> read_udp(const Ipv4Packet& packet) {
    const auto malformed = std::unexpected(Drop::udp_malformed);
    if (packet.payload.size() < udp_header_size) return malformed;
    const std::size_t length = read16(packet.payload, length_offset);
    if (length < udp_header_size || length > packet.payload.size()) return malformed;
    const Bytes datagram = packet.payload.first(length);
    if (read16(datagram, checksum_offset) != no_checksum &&
        checksum(datagram, pseudo_header_sum(packet.header, length)) != 0)
        return malformed;
    return UdpDatagram{{read16(datagram, source_offset), read16(datagram, destination_offset)},
                       datagram.subspan(udp_header_size)};
}

void write_udp(MutableBytes datagram, UdpPorts ports, const Ipv4Header& header) {
    write16(datagram, source_offset, ports.source);
    write16(datagram, destination_offset, ports.destination);
    write16(datagram, length_offset, static_cast<std::uint16_t>(datagram.size()));
    write16(datagram, checksum_offset, no_checksum);
    const std::uint16_t sum = checksum(datagram, pseudo_header_sum(header, datagram.size()));
    write16(datagram, checksum_offset, sum == 0 ? 0xffff : sum);
}

} // namespace net
