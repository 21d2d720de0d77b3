// Checks headers of IPv4, and writes them.
#include "net/ipv4.h"

#include "net/checksum.h"

namespace net {
namespace {

constexpr std::uint8_t version = 4;
constexpr std::uint16_t do_not_fragment = 0x4000;
constexpr std::uint16_t is_fragment = 0x3fff; // More of them follow, or an offset that is not zero.

constexpr std::size_t version_offset = 0; // With the header's length in words.
constexpr std::size_t service_offset = 1;
constexpr std::size_t length_offset = 2;
constexpr std::size_t identification_offset = 4;
constexpr std::size_t fragment_offset = 6;
constexpr std::size_t time_to_live_offset = 8;
constexpr std::size_t protocol_offset = 9;
constexpr std::size_t checksum_offset = 10;
constexpr std::size_t source_offset = 12;
constexpr std::size_t destination_offset = 16;

} // namespace

std::expected<Ipv4Packet, Drop> read_ipv4(Bytes packet) {
    if (packet.size() < ipv4_header_size) return std::unexpected(Drop::ipv4_malformed);
    const std::size_t header_size = (read8(packet, version_offset) & 0x0f) * 4;
    const std::size_t length = read16(packet, length_offset);
    if (read8(packet, version_offset) >> 4 != version || header_size < ipv4_header_size ||
        length < header_size || length > packet.size())
        return std::unexpected(Drop::ipv4_malformed);
    if (checksum(packet.first(header_size)) != 0) return std::unexpected(Drop::ipv4_checksum);
    if ((read16(packet, fragment_offset) & is_fragment) != 0) return std::unexpected(Drop::ipv4_fragment);
    const Ipv4Header header{{read32(packet, source_offset)},
                            {read32(packet, destination_offset)},
                            read8(packet, protocol_offset),
                            read8(packet, time_to_live_offset)};
    return Ipv4Packet{header, packet.subspan(header_size, length - header_size)};
}

void write_ipv4(MutableBytes to, const Ipv4Header& header, std::size_t payload_size) {
    write8(to, version_offset, version << 4 | ipv4_header_size / 4);
    write8(to, service_offset, 0);
    write16(to, length_offset, static_cast<std::uint16_t>(ipv4_header_size + payload_size));
    write16(to, identification_offset, 0); // Of no use to what may not be fragmented (RFC 6864).
    write16(to, fragment_offset, do_not_fragment);
    write8(to, time_to_live_offset, header.time_to_live);
    write8(to, protocol_offset, header.protocol);
    write16(to, checksum_offset, 0);
    write32(to, source_offset, header.source.value);
    write32(to, destination_offset, header.destination.value);
    write16(to, checksum_offset, checksum(to.first(ipv4_header_size)));
}

std::uint32_t pseudo_header_sum(const Ipv4Header& header, std::size_t payload_size) {
    const auto words = [](Ipv4Address address) { return (address.value >> 16) + (address.value & 0xffff); };
    return words(header.source) + words(header.destination) + header.protocol +
           static_cast<std::uint32_t>(payload_size);
}

} // namespace net
