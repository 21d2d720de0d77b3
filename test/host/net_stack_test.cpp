// The stack against a model peer: what it answers, what it asks, and what it drops for which reason.
#include <doctest/doctest.h>

#include <algorithm>

#include "test/host/net_peer.h"

using net::Drop;
using peer::ConfiguredHost;
using peer::datagram;
using peer::Host;
using peer::Octets;
using peer::third_address;
using peer::third_mac;
using peer::to_us;

TEST_CASE("net ICMP: a request of any length is answered byte for byte") {
    ConfiguredHost host;
    for (unsigned size = 0; size <= net::Stack::largest_echo; ++size) {
        host.receive(peer::echo_request(size, peer::pattern(size, size)));
        REQUIRE(host.take_one() == peer::echo_reply(size, peer::pattern(size, size)));
    }
    CHECK(host.stack.counters().echo_answered == net::Stack::largest_echo + 1);
}

TEST_CASE("net ICMP: options, a time to live of zero and padding do not matter") {
    ConfiguredHost host;
    const Octets request = peer::icmp(8, 0x7472, 7, peer::pattern(3));
    host.receive(to_us({.time_to_live = 0, .options = peer::pattern(8)}, request));
    CHECK(host.take_one() == peer::echo_reply(7, peer::pattern(3)));
    Octets padded = to_us({}, request);
    padded.resize(60);
    host.receive(padded);
    CHECK(host.take_one() == peer::echo_reply(7, peer::pattern(3)));
}

TEST_CASE("net: frames that are no use are dropped, each under its reason") {
    ConfiguredHost host;
    const Octets echo = peer::icmp(8, 1, 1, peer::pattern(8));
    const Octets good = peer::echo_request(1, {});
    for (std::size_t size = 0; size < 14; ++size)
        CHECK(host.drops(peer::part(good, 0, size), Drop::frame_length));
    CHECK(host.drops(peer::echo_request(1, peer::pattern(1473)), Drop::frame_length));
    CHECK(host.drops(peer::ethernet(third_mac, 0x0800, peer::ip({}, echo)), Drop::not_for_us));
    CHECK(host.drops(peer::ethernet(peer::our_mac, 0x86dd, peer::ip({}, echo)), Drop::unknown_type));
    for (const net::MacAddress& source : {peer::our_mac, net::broadcast_mac}) {
        Octets forged = good;
        std::ranges::copy(source, forged.begin() + 6);
        CHECK(host.drops(forged, Drop::frame_source));
    }
    CHECK(host.drops(to_us({.destination = third_address}, echo), Drop::not_for_us));
    for (const std::uint32_t all : {0xffffffffu, 0x0a0002ffu})
        CHECK(host.drops(to_us({.destination = all}, echo), Drop::not_for_us));
    for (const std::uint32_t source : {0u, 0x7f000001u, 0xe0000001u, 0xffffffffu, 0x0a0002ffu, 0x0a00020fu})
        CHECK(host.drops(to_us({.source = source}, echo), Drop::ipv4_source));
    CHECK(host.drops(to_us({.protocol = 6}, echo), Drop::unknown_protocol));
    CHECK(host.drops(to_us({.fragment = 0x2000}, echo), Drop::ipv4_fragment));
    CHECK(host.drops(to_us({}, peer::part(echo, 0, 7)), Drop::icmp_malformed));
    CHECK(host.drops(to_us({}, {8, 0, 0xf7, 0xff}), Drop::icmp_malformed)); // The sum is right.
    CHECK(host.drops(to_us({}, peer::pattern(16)), Drop::icmp_malformed));
    CHECK(host.drops(to_us({}, peer::icmp(13, 1, 1, {})), Drop::unknown_icmp));
    CHECK(host.answers_pings());
}

TEST_CASE("net: without an address it is deaf to IPv4 and ARP") {
    Host host;
    host.receive(peer::echo_request(1, {}));
    host.receive(peer::arp_request(peer::our_address));
    host.receive(peer::arp_request(0));
    CHECK(host.sent.empty());
    CHECK(host.stack.counters()[Drop::not_for_us] == 3);
    CHECK(host.stack.send_echo_request({peer::their_address}, {}, {}, host.now).error() ==
          abi::Error::not_found);
}

TEST_CASE("net ICMP: a reply reaches the listener") {
    ConfiguredHost host;

    struct Heard {
        net::Ipv4Address from;
        net::EchoId id;
        std::size_t size = 0;
    } heard;

    host.stack.set_echo_listener({[](void* context, net::Ipv4Address from, const net::EchoMessage& reply) {
                                      *static_cast<Heard*>(context) = {from, reply.id, reply.payload.size()};
                                  },
                                  &heard});
    host.receive(to_us({}, peer::icmp(0, 0x1111, 5, peer::pattern(100))));
    CHECK(heard.from.value == peer::their_address);
    CHECK(heard.id == net::EchoId{0x1111, 5});
    CHECK(heard.size == 100);
    CHECK(host.sent.empty());
}

TEST_CASE("net ICMP: what is sent, where to, and what cannot be") {
    ConfiguredHost host;
    host.introduce_peer();
    CHECK(host.ping(peer::their_address, 1473).error() == abi::Error::invalid_argument);
    CHECK(host.ping(0xe0000001).error() == abi::Error::not_found);
    REQUIRE(host.ping(peer::their_address, 1472).has_value());
    CHECK(host.take_one().size() == 1514);
    REQUIRE(host.ping(0x08080808).has_value()); // By way of the gateway, which the peer is.
    const Octets sent = host.take_one();
    CHECK(peer::part(sent, 0, 6) == peer::mac(peer::their_mac));
    CHECK(peer::number_at(sent, 30, 4) == 0x08080808);
    host.device_is_full = true;
    CHECK(host.ping(peer::their_address).error() == abi::Error::would_block);
    CHECK(host.stack.counters().refused == 1);
}

TEST_CASE("net UDP: port 7 sends back what it gets") {
    ConfiguredHost host;
    for (const std::size_t size : {0, 1, 2, 31, 1471, 1472}) {
        host.receive(datagram(4000, 7, peer::pattern(size)));
        const peer::Ip back{.source = peer::our_address, .destination = peer::their_address, .protocol = 17};
        const Octets sent = host.take_one();
        REQUIRE(sent.size() == 42 + size);
        CHECK(peer::part(sent, 34) == peer::udp(7, 4000, peer::pattern(size), back));
    }
    CHECK(host.stack.counters().udp_echoed == 6);
}

TEST_CASE("net UDP: what is malformed, for nobody, or would never end") {
    ConfiguredHost host;
    Octets without_checksum = datagram(4000, 7, peer::pattern(4));
    peer::put16(without_checksum, 40, 0);
    host.receive(without_checksum);
    CHECK(host.take_sent().size() == 1);
    Octets wrong_checksum = datagram(4000, 7, peer::pattern(4));
    wrong_checksum.back() ^= 1;
    CHECK(host.drops(wrong_checksum, Drop::udp_malformed));
    for (const unsigned length : {0, 7, 13, 0xffff}) {
        Octets wrong_length = datagram(4000, 7, peer::pattern(4));
        peer::put16(wrong_length, 38, length);
        CHECK(host.drops(wrong_length, Drop::udp_malformed));
    }
    CHECK(host.drops(to_us({.protocol = 17}, peer::pattern(7)), Drop::udp_malformed));
    CHECK(host.drops(datagram(4000, 8, {}), Drop::unknown_port));
    CHECK(host.drops(datagram(7, 7, {}), Drop::unknown_port));
    CHECK(host.drops(datagram(0, 7, {}), Drop::unknown_port));
    CHECK(host.drops(datagram(4000, 7, {}, {.destination = 0xffffffff}), Drop::not_for_us));
    CHECK(host.drops(datagram(67, 68, {}), Drop::dhcp_malformed));
}

TEST_CASE("net: a frame to all, of any type") {
    Host host;
    const Octets text{'h', 'e', 'l', 'l', 'o'};
    REQUIRE(host.stack.send_to_all(0x88b5, std::as_bytes(std::span(text))).has_value());
    CHECK(host.take_one() ==
          peer::join({peer::mac(net::broadcast_mac), peer::mac(peer::our_mac), peer::u16(0x88b5), text}));
    const Octets too_much(1501);
    CHECK(host.stack.send_to_all(0x88b5, std::as_bytes(std::span(too_much))).error() ==
          abi::Error::invalid_argument);
}

TEST_CASE("net: a packet for us alone does not come in a frame for all") { // RFC 1122, 3.3.6
    ConfiguredHost host;
    for (const Octets& good : {peer::echo_request(1, {}), datagram(4000, 7, {})}) {
        Octets to_all = good;
        std::ranges::copy(net::broadcast_mac, to_all.begin());
        CHECK(host.drops(to_all, Drop::not_for_us));
    }
    CHECK(host.answers_pings());
}

TEST_CASE("net: the network's own number is nobody's address") { // RFC 1122, 3.2.1.3
    ConfiguredHost host;
    CHECK(host.drops(to_us({.source = 0x0a000200}, peer::icmp(8, 1, 1, {})), Drop::ipv4_source));
    CHECK(host.ping(0x0a000200).error() == abi::Error::not_found);
}

TEST_CASE("net: no way leads to ourselves") {
    ConfiguredHost host;
    CHECK(host.ping(peer::our_address).error() == abi::Error::not_found);
    CHECK(host.sent.empty());
}
