// ARP against a model peer: what is asked, answered, noted and forgotten.
#include <doctest/doctest.h>

#include <algorithm>

#include "test/host/net_peer.h"

using net::Drop;
using peer::ConfiguredHost;
using peer::Octets;
using peer::third_address;
using peer::third_mac;

namespace {

Octets arp_request_by_us(std::uint32_t target) {
    return peer::join({peer::mac(net::broadcast_mac), peer::mac(peer::our_mac), peer::u16(0x0806),
                       peer::arp(1, peer::our_mac, peer::our_address, {}, target)});
}

Octets arp_reply_by(const net::MacAddress& mac, std::uint32_t address) {
    return peer::ethernet(peer::our_mac, 0x0806,
                          peer::arp(2, mac, address, peer::our_mac, peer::our_address));
}

} // namespace

TEST_CASE("net ARP: a request for our address is answered, as RFC 826 has it") {
    ConfiguredHost host;
    host.receive(peer::arp_request(peer::our_address));
    CHECK(host.take_one() ==
          peer::join({peer::mac(peer::their_mac), peer::mac(peer::our_mac), peer::u16(0x0806),
                      peer::arp(2, peer::our_mac, peer::our_address, peer::their_mac, peer::their_address)}));
    CHECK(host.drops(peer::arp_request(third_address), Drop::not_for_us));
}

TEST_CASE("net ARP: a probe from no address is answered and not noted") {
    ConfiguredHost host;
    host.receive(
        peer::ethernet(net::broadcast_mac, 0x0806, peer::arp(1, peer::their_mac, 0, {}, peer::our_address)));
    CHECK(host.take_sent().size() == 1);
    CHECK_FALSE(host.stack.arp_cache().find({0}, host.now).has_value());
}

TEST_CASE("net ARP: what is malformed is dropped") {
    ConfiguredHost host;
    const Octets good = peer::arp(1, peer::their_mac, peer::their_address, {}, peer::our_address);
    const auto frame = [](const Octets& packet) {
        return peer::ethernet(net::broadcast_mac, 0x0806, packet);
    };
    for (std::size_t size = 0; size < good.size(); ++size)
        CHECK(host.drops(frame(peer::part(good, 0, size)), Drop::arp_malformed));
    for (const std::size_t offset : {0, 1, 2, 3, 4, 5, 6, 7}) {
        Octets bad = good;
        bad[offset] = 9;
        CHECK(host.drops(frame(bad), Drop::arp_malformed));
    }
    Octets of_group = good;
    of_group[8] |= 1;
    CHECK(host.drops(frame(of_group), Drop::arp_malformed));
    CHECK(
        host.drops(frame(peer::arp(2, peer::their_mac, peer::our_address, peer::our_mac, peer::our_address)),
                   Drop::arp_conflict));
}

TEST_CASE("net ARP: an unknown next hop is asked for, and the packet follows the answer") {
    ConfiguredHost host;
    REQUIRE(host.ping(third_address).has_value());
    CHECK(host.take_one() == arp_request_by_us(third_address));
    host.receive(arp_reply_by(third_mac, third_address));
    const Octets sent = host.take_one();
    CHECK(peer::part(sent, 0, 6) == peer::mac(third_mac));
    CHECK(peer::part(sent, 34) == peer::icmp(8, 0x1111, 5, peer::pattern(4)));
    REQUIRE(host.ping(third_address).has_value());
    CHECK(peer::part(host.take_one(), 0, 6) == peer::mac(third_mac));
}

TEST_CASE("net ARP: three requests a second apart, then the packet is given up") {
    ConfiguredHost host;
    REQUIRE(host.ping(third_address).has_value());
    host.advance(base::milliseconds(1900));
    CHECK(host.take_sent().size() == 2);
    host.advance(base::seconds(10));
    CHECK(host.take_sent().size() == 1);
    CHECK(host.stack.counters()[Drop::unresolved] == 1);
    CHECK_FALSE(host.stack.deadline().has_value());
}

TEST_CASE("net ARP: a later packet takes the place of the one that waits") {
    ConfiguredHost host;
    REQUIRE(host.ping(third_address, 1).has_value());
    REQUIRE(host.ping(third_address, 2).has_value());
    CHECK(host.take_one() == arp_request_by_us(third_address)); // Asked once for both.
    REQUIRE(host.ping(third_address + 1, 3).has_value());
    CHECK(host.take_one() == arp_request_by_us(third_address + 1));
    CHECK(host.stack.counters()[Drop::unresolved] == 2);
    host.receive(arp_reply_by(third_mac, third_address));
    CHECK(host.sent.empty());
    host.receive(arp_reply_by(third_mac, third_address + 1));
    CHECK(peer::part(host.take_one(), 34) == peer::icmp(8, 0x1111, 5, peer::pattern(3)));
}

TEST_CASE("net ARP: what is known is forgotten after a minute of silence") {
    ConfiguredHost host;
    host.introduce_peer();
    host.advance(base::seconds(59));
    host.receive(peer::arp_request(third_address)); // Not for us, but it shows that the peer is there.
    host.advance(base::seconds(59));
    CHECK(host.stack.arp_cache().find({peer::their_address}, host.now) == peer::their_mac);
    host.advance(base::seconds(1));
    CHECK_FALSE(host.stack.arp_cache().find({peer::their_address}, host.now).has_value());
    REQUIRE(host.ping(peer::their_address).has_value());
    CHECK(host.take_one() == arp_request_by_us(peer::their_address));
}

TEST_CASE("net ARP: a crowd does not fill memory, and strangers are not noted") {
    ConfiguredHost host;
    for (std::uint32_t i = 1; i < 250; ++i) {
        host.advance(base::milliseconds(1));
        if (i != 15) host.receive(arp_reply_by(third_mac, 0x0a000200 + i));
    }
    const auto known = std::ranges::count_if(host.stack.arp_cache().entries(),
                                             [&](const auto& entry) { return entry.is_valid(host.now); });
    CHECK(known == net::ArpCache::capacity);
    CHECK(host.stack.arp_cache().find({0x0a000200 + 249}, host.now).has_value());
    CHECK_FALSE(host.stack.arp_cache().find({0x0a000201}, host.now).has_value());
    host.receive(arp_reply_by(third_mac, 0x0b000001));
    CHECK_FALSE(host.stack.arp_cache().find({0x0b000001}, host.now).has_value());
    CHECK(host.answers_pings());
}

TEST_CASE("net ARP: a packet that waits when the address changes is given up, and counted") {
    ConfiguredHost host;
    REQUIRE(host.ping(third_address).has_value());
    host.stack.configure({{peer::our_address + 1}, 24, {}});
    CHECK(host.stack.counters()[Drop::unresolved] == 1);
    CHECK_FALSE(host.stack.deadline().has_value());
    host.sent.clear();
    host.receive(arp_reply_by(third_mac, third_address));
    CHECK(host.sent.empty());
}

TEST_CASE("net ARP: what was known of a network is forgotten with the address") {
    ConfiguredHost host;
    host.introduce_peer();
    host.stack.configure({{peer::our_address + 1}, 24, {}});
    CHECK_FALSE(host.stack.arp_cache().find({peer::their_address}, host.now).has_value());
}
