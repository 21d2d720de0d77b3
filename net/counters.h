// What the stack did, and why it dropped what it dropped.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace net {

enum class Drop : std::uint8_t {
    frame_length, ///< Shorter than its header, or longer than a frame may be.
    frame_source, ///< From a card that cannot be: a group, or ours.
    not_for_us,   ///< For another card or another host, or for all when only we may be asked.
    unknown_type, ///< Neither ARP nor IPv4.
    arp_malformed,
    arp_conflict, ///< Somebody else claims our address.
    ipv4_malformed,
    ipv4_checksum,
    ipv4_fragment,
    ipv4_source,      ///< From an address that cannot be another host's.
    unknown_protocol, ///< Neither ICMP nor UDP.
    icmp_malformed,
    unknown_icmp, ///< Neither an echo request nor its reply.
    udp_malformed,
    unknown_port,
    dhcp_malformed,
    dhcp_unasked, ///< Well-formed, but no answer to what we asked last.
    unresolved,   ///< One of ours: nobody said in time which card has the next hop's address.
};

inline constexpr std::size_t drop_reasons = static_cast<std::size_t>(Drop::unresolved) + 1;

constexpr std::string_view name(Drop reason) {
    switch (reason) {
    case Drop::frame_length: return "frame length";
    case Drop::frame_source: return "frame source";
    case Drop::not_for_us: return "not for us";
    case Drop::unknown_type: return "unknown type";
    case Drop::arp_malformed: return "ARP malformed";
    case Drop::arp_conflict: return "ARP conflict";
    case Drop::ipv4_malformed: return "IPv4 malformed";
    case Drop::ipv4_checksum: return "IPv4 checksum";
    case Drop::ipv4_fragment: return "IPv4 fragment";
    case Drop::ipv4_source: return "IPv4 source";
    case Drop::unknown_protocol: return "unknown protocol";
    case Drop::icmp_malformed: return "ICMP malformed";
    case Drop::unknown_icmp: return "unknown ICMP";
    case Drop::udp_malformed: return "UDP malformed";
    case Drop::unknown_port: return "unknown port";
    case Drop::dhcp_malformed: return "DHCP malformed";
    case Drop::dhcp_unasked: return "DHCP unasked";
    case Drop::unresolved: return "unresolved";
    }
    return "?";
}

struct Counters {
    std::uint64_t received = 0; ///< Frames.
    std::uint64_t sent = 0;     ///< Frames that the device took.
    std::uint64_t refused = 0;  ///< Frames that it did not take.
    std::uint64_t arp_answered = 0;
    std::uint64_t echo_answered = 0;
    std::uint64_t echo_replies = 0; ///< Whether we asked or not: that is for the listener to know.
    std::uint64_t udp_echoed = 0;
    std::array<std::uint64_t, drop_reasons> dropped{};

    void drop(Drop reason) { ++dropped[static_cast<std::size_t>(reason)]; }

    std::uint64_t operator[](Drop reason) const { return dropped[static_cast<std::size_t>(reason)]; }
};

} // namespace net
