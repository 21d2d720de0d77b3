// The packet of RFC 826, for the one pair of address families that matters here.
#include "net/arp.h"

#include "net/ethernet.h"

namespace net {
namespace {

constexpr std::uint16_t hardware_ethernet = 1;
constexpr std::uint16_t address_lengths = 0x0604; // Six bytes of hardware address, four of protocol address.

constexpr std::size_t hardware_offset = 0;
constexpr std::size_t protocol_offset = 2;
constexpr std::size_t lengths_offset = 4;
constexpr std::size_t operation_offset = 6;
constexpr std::size_t sender_mac_offset = 8;
constexpr std::size_t sender_offset = 14;
constexpr std::size_t target_mac_offset = 18;
constexpr std::size_t target_offset = 24;

} // namespace

std::optional<ArpPacket> read_arp(Bytes packet) {
    if (packet.size() < ArpPacket::size) return {};
    if (read16(packet, hardware_offset) != hardware_ethernet ||
        read16(packet, protocol_offset) != ether_type::ipv4 ||
        read16(packet, lengths_offset) != address_lengths)
        return {};
    const auto operation = static_cast<ArpPacket::Operation>(read16(packet, operation_offset));
    if (operation != ArpPacket::Operation::request && operation != ArpPacket::Operation::reply) return {};
    const MacAddress sender_mac = read_mac(packet, sender_mac_offset);
    if (is_group(sender_mac) || sender_mac == MacAddress{}) return {};
    return ArpPacket{operation,
                     sender_mac,
                     {read32(packet, sender_offset)},
                     read_mac(packet, target_mac_offset),
                     {read32(packet, target_offset)}};
}

void write_arp(MutableBytes to, const ArpPacket& packet) {
    write16(to, hardware_offset, hardware_ethernet);
    write16(to, protocol_offset, ether_type::ipv4);
    write16(to, lengths_offset, address_lengths);
    write16(to, operation_offset, static_cast<std::uint16_t>(packet.operation));
    write_mac(to, sender_mac_offset, packet.sender_mac);
    write32(to, sender_offset, packet.sender.value);
    write_mac(to, target_mac_offset, packet.target_mac);
    write32(to, target_offset, packet.target.value);
}

} // namespace net
