// The other side of a network under test: frames built and taken apart without any of net/'s own code, and a
// stack whose frames are caught.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "net/stack.h"

namespace peer {

using Octets = std::vector<std::uint8_t>;

inline constexpr net::MacAddress our_mac{0x52, 0x54, 0, 0x12, 0x34, 0x56};   ///< The stack's.
inline constexpr net::MacAddress their_mac{0x52, 0x55, 0x0a, 0, 0x02, 0x02}; ///< The peer's.
inline constexpr std::uint32_t our_address = 0x0a00020f;                     ///< 10.0.2.15
inline constexpr std::uint32_t their_address = 0x0a000202;                   ///< 10.0.2.2
inline constexpr net::Ipv4Configuration our_configuration{{our_address}, 24, {their_address}};
inline constexpr net::MacAddress third_mac{0x52, 0x54, 0, 0, 0, 3}; ///< Of a third host.
inline constexpr std::uint32_t third_address = 0x0a000203;          ///< 10.0.2.3

// What packets are made of: numbers, most significant byte first, one behind the other.
Octets u8(unsigned value);
Octets u16(unsigned value);
Octets u32(std::uint32_t value);
Octets mac(const net::MacAddress& address);
Octets join(std::initializer_list<Octets> parts);
/// So many bytes, each different from its neighbours.
Octets pattern(std::size_t size, unsigned seed = 0);

std::uint32_t number_at(const Octets& octets, std::size_t offset, unsigned size);
Octets part(const Octets& octets, std::size_t offset, std::size_t size = ~std::size_t{0});
void put16(Octets& octets, std::size_t offset, unsigned value);

/// RFC 1071, word by word with the carry added at once.
unsigned checksum(const Octets& octets);

struct Ip {
    std::uint32_t source = their_address;
    std::uint32_t destination = our_address;
    unsigned protocol = 1;
    unsigned fragment = 0;
    unsigned time_to_live = 64;
    Octets options{};
};

Octets ethernet(const net::MacAddress& to, unsigned type, const Octets& payload);
Octets arp(unsigned operation, const net::MacAddress& sender_mac, std::uint32_t sender,
           const net::MacAddress& target_mac, std::uint32_t target);
Octets ip(const Ip& header, const Octets& payload);
Octets icmp(unsigned type, unsigned identifier, unsigned sequence, const Octets& payload);
Octets udp(unsigned source, unsigned destination, const Octets& payload, const Ip& header);

/// A packet to us, in a frame.
Octets to_us(const Ip& header, const Octets& payload);
/// A datagram to us, in a frame.
Octets datagram(unsigned source, unsigned destination, const Octets& payload, Ip header = {});
Octets arp_request(std::uint32_t target);
Octets echo_request(unsigned sequence, const Octets& payload);
/// The whole frame that answers echo_request(sequence, payload).
Octets echo_reply(unsigned sequence, const Octets& payload);

/// A stack on a wire whose far end can be looked at, and a clock that is set by hand.
class Host {
public:
    Host();
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    /// Hands a frame to the stack, in memory that ends where the frame does.
    void receive(const Octets& frame);
    /// Lets time pass, calling the stack whenever it asked for it.
    void advance(base::Nanoseconds time);
    /// The frames sent since the last call.
    std::vector<Octets> take_sent();
    /// The one frame sent since the last call; empty when it was none or many.
    Octets take_one();
    /// Makes the peer's card known to the stack.
    void introduce_peer();

    base::Nanoseconds now = base::seconds(1);
    bool device_is_full = false;
    std::vector<Octets> sent;
    net::Stack stack;
};

/// One that has its address from the beginning.
struct ConfiguredHost : Host {
    ConfiguredHost() { stack.configure(our_configuration); }

    /// Whether the frame is dropped for that reason, in silence.
    bool drops(const Octets& frame, net::Drop reason);
    bool answers_pings();
    net::Stack::Sent ping(std::uint32_t address, std::size_t size = 4);
};

} // namespace peer
