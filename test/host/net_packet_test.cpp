// What packets are made of: checksums, addresses, headers; with the RFCs' own examples.
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "net/checksum.h"
#include "test/host/net_peer.h"

using net::Drop;
using peer::Octets;

namespace {

/// A copy in memory that ends where the packet does.
class Exact {
public:
    explicit Exact(const Octets& octets) : bytes_(new std::byte[octets.size()]), size_(octets.size()) {
        for (std::size_t i = 0; i < size_; ++i) bytes_[i] = std::byte{octets[i]};
    }

    operator net::Bytes() const { return {bytes_.get(), size_}; }

private:
    std::unique_ptr<std::byte[]> bytes_;
    std::size_t size_;
};

std::uint16_t sum_of(const Octets& octets) { return net::checksum(Exact(octets)); }

std::string mac_text(const net::MacAddress& mac) { return std::string(net::to_text(mac).view()); }

} // namespace

TEST_CASE("net checksum: the example of RFC 1071") {
    // 0001 + f203 + f4f5 + f6f7 = 2ddf0, and with the carry ddf2.
    CHECK(sum_of({0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}) == static_cast<std::uint16_t>(~0xddf2));
}

TEST_CASE("net checksum: a header that carries its own") {
    const Octets header{0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
                        0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7};
    CHECK(sum_of(header) == 0);
    Octets without = header;
    peer::put16(without, 10, 0);
    CHECK(sum_of(without) == 0xb861);
}

TEST_CASE("net checksum: any length, against a reference") {
    CHECK(sum_of({}) == 0xffff);
    CHECK(sum_of({0x80}) == 0x7fff);
    for (std::size_t size = 0; size <= 1500; ++size)
        REQUIRE(sum_of(peer::pattern(size, static_cast<unsigned>(size))) ==
                peer::checksum(peer::pattern(size, static_cast<unsigned>(size))));
    CHECK(sum_of(Octets(65534, 0xff)) == 0); // The most carries there can be.
}

TEST_CASE("net address: text to address and back") {
    for (const char* text : {"0.0.0.0", "10.0.2.15", "192.168.255.1", "255.255.255.255"})
        CHECK(net::to_text(*net::parse_address(text)).view() == text);
    for (const char* text : {"", "1", "1.2.3", "1.2.3.", "1.2.3.4.", "1.2.3.4.5", "256.1.1.1", "1.2.3.1000",
                             " 1.2.3.4", "1.2.3.4 ", "a.b.c.d", "1..2.3", "-1.2.3.4", "99999999999.1.1.1"})
        CHECK_FALSE(net::parse_address(text).has_value());
    CHECK(mac_text(peer::our_mac) == "52:54:00:12:34:56");
}

TEST_CASE("net address: what a host can be configured with") {
    CHECK(net::parse_configuration("10.0.2.15/24", "10.0.2.2") == peer::our_configuration);
    CHECK(net::parse_configuration("10.0.2.15/24", "")->gateway == net::Ipv4Address{});
    CHECK(net::parse_configuration("10.0.2.15/32", "").has_value());
    CHECK(net::parse_configuration("10.0.2.255/31", "10.0.2.254").has_value());
    CHECK(net::parse_configuration("10.0.2.254/31", "10.0.2.255").has_value());
    for (const char* address :
         {"", "10.0.2.15", "10.0.2.15/", "10.0.2.15/0", "10.0.2.15/33", "10.0.2.15/24x", "10.0.2.255/24",
          "10.0.2.0/24", "0.0.0.0/8", "127.0.0.1/8", "224.0.0.1/4", "10.0.2/24"})
        CHECK_FALSE(net::parse_configuration(address, "").has_value());
    for (const char* gateway : {"10.0.3.1", "10.0.2.255", "10.0.2.0", "10.0.2.15", "x", "10.0.2"})
        CHECK_FALSE(net::parse_configuration("10.0.2.15/24", gateway).has_value());
}

TEST_CASE("net address: who is near, and what is for all") {
    const net::Ipv4Configuration host = peer::our_configuration;
    CHECK(host.is_broadcast({0xffffffff}));
    CHECK(host.is_broadcast({0x0a0002ff}));
    CHECK_FALSE(host.is_broadcast({0x0a0003ff}));
    CHECK(host.next_hop({0x0a000263}) == net::Ipv4Address{0x0a000263});
    CHECK(host.next_hop({0x08080808}) == net::Ipv4Address{peer::their_address});
    CHECK_FALSE(host.next_hop({0xe0000001}).has_value());
    CHECK_FALSE(net::Ipv4Configuration{{peer::our_address}, 24, {}}.next_hop({0x08080808}).has_value());
    CHECK_FALSE(net::Ipv4Configuration{}.next_hop({0x08080808}).has_value());
    CHECK_FALSE(net::Ipv4Configuration{}.is_broadcast({0}));
}

TEST_CASE("net IPv4: each check of a header") {
    const auto reason = [](const Octets& packet) {
        const auto read = net::read_ipv4(Exact(packet));
        return read ? std::optional<Drop>{} : read.error();
    };
    const auto with = [](std::size_t offset, unsigned value) {
        Octets packet = peer::ip({}, peer::pattern(8));
        packet[offset] = static_cast<std::uint8_t>(value);
        return packet;
    };
    CHECK_FALSE(reason(peer::ip({}, {})).has_value());
    for (std::size_t size = 0; size < 20; ++size)
        CHECK(reason(peer::part(peer::ip({}, {}), 0, size)) == Drop::ipv4_malformed);
    CHECK(reason(with(0, 0x65)) == Drop::ipv4_malformed); // IPv6
    CHECK(reason(with(0, 0x44)) == Drop::ipv4_malformed); // A header of 16 bytes.
    CHECK(reason(with(0, 0x4f)) == Drop::ipv4_malformed); // One that is longer than the packet.
    CHECK(reason(with(3, 19)) == Drop::ipv4_malformed);
    CHECK(reason(with(3, 29)) == Drop::ipv4_malformed);
    CHECK(reason(with(2, 0xff)) == Drop::ipv4_malformed);
    CHECK(reason(with(8, 65)) == Drop::ipv4_checksum);
    CHECK(reason(peer::ip({.fragment = 0x2000}, {})) == Drop::ipv4_fragment);
    CHECK(reason(peer::ip({.fragment = 0x0001}, {})) == Drop::ipv4_fragment);
    CHECK_FALSE(reason(peer::ip({.fragment = 0x4000}, {})).has_value());
}

TEST_CASE("net IPv4: options are skipped, and padding is cut off") {
    const Octets payload = peer::pattern(5);
    Octets packet = peer::ip({.options = peer::pattern(40)}, payload);
    packet.resize(packet.size() + 13);
    const Exact memory(packet);
    const auto read = net::read_ipv4(memory);
    REQUIRE(read.has_value());
    CHECK(read->payload.size() == payload.size());
    CHECK(net::read8(read->payload, 4) == payload[4]);
}

TEST_CASE("net UDP: a checksum that comes out as zero travels as 0xffff") {
    const net::Ipv4Header header{{peer::our_address}, {peer::their_address}, net::protocol::udp};
    bool seen = false;
    for (unsigned value = 0; value <= 0xffff; ++value) {
        std::array<std::byte, 10> datagram{};
        net::write16(datagram, 8, static_cast<std::uint16_t>(value));
        net::write_udp(datagram, {1, 2}, header);
        REQUIRE(net::read16(datagram, 6) != 0);
        REQUIRE(net::read_udp({header, datagram}).has_value());
        seen = seen || net::read16(datagram, 6) == 0xffff;
    }
    CHECK(seen);
}
