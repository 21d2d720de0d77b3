// Frames of chance: random ones, and good ones that were damaged. Whatever comes, the stack goes on
// answering.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <random>

#include "test/host/net_peer.h"

using peer::Host;
using peer::Octets;

namespace {

using Random = std::mt19937_64;

std::uint64_t seed() {
    const char* given = std::getenv("TRIVIUM_SEED");
    return given ? std::strtoull(given, nullptr, 10) : 5;
}

Octets random_octets(Random& random, std::size_t size) {
    Octets octets(size);
    std::ranges::generate(octets, [&] { return static_cast<std::uint8_t>(random()); });
    return octets;
}

Octets good_frame(Random& random) {
    const std::size_t size = random() % 4 == 0 ? random() % 1473 : random() % 64;
    const Octets payload = random_octets(random, size);
    const peer::Ip header{.protocol = 17, .options = Octets(random() % 11 * 4)};
    switch (random() % 6) {
    case 0: return peer::arp_request(peer::our_address);
    case 1: return peer::echo_request(static_cast<unsigned>(random()), payload);
    case 2: return peer::ethernet(peer::our_mac, 0x0800, peer::ip({}, peer::icmp(0, 1, 2, payload)));
    case 3:
        return peer::ethernet(peer::our_mac, 0x0800, peer::ip(header, peer::udp(4000, 7, payload, header)));
    case 4:
        return peer::ethernet(peer::our_mac, 0x0800, peer::ip(header, peer::udp(67, 68, payload, header)));
    default:
        return peer::ethernet(
            peer::our_mac, 0x0806,
            peer::arp(2, peer::their_mac, 0x0a000200 + random() % 256, peer::our_mac, peer::our_address));
    }
}

/// Makes the checksums right that the damage has made wrong, so that what lies behind them is reached.
void mend(Octets& frame) {
    if (frame.size() < 34) return;
    const std::size_t header_size = std::min<std::size_t>((frame[14] & 15) * 4u, frame.size() - 14);
    if (header_size < 20) return;
    peer::put16(frame, 24, 0);
    peer::put16(frame, 24, peer::checksum(peer::part(frame, 14, header_size)));
    const std::size_t payload = 14 + header_size;
    const std::size_t length = std::min<std::size_t>(peer::number_at(frame, 16, 2), frame.size() - 14);
    if (length < header_size + 8) return;
    if (frame[23] == 17) peer::put16(frame, payload + 6, 0);
    if (frame[23] != 1) return;
    peer::put16(frame, payload + 2, 0);
    peer::put16(frame, payload + 2, peer::checksum(peer::part(frame, payload, length - header_size)));
}

Octets damaged(Octets frame, Random& random) {
    for (std::uint64_t count = random() % 4; count > 0; --count) {
        static constexpr std::uint8_t telling[] = {0, 1, 0x7f, 0x80, 0xff};
        const std::size_t reach = random() % 2 ? frame.size() : std::min<std::size_t>(frame.size(), 46);
        std::uint8_t& octet = frame[random() % reach];
        octet = static_cast<std::uint8_t>(random() % 2 ? octet ^ 1 << random() % 8 : telling[random() % 5]);
    }
    if (random() % 4 == 0) frame.resize(random() % (frame.size() + 64));
    if (random() % 2 == 0) mend(frame);
    return frame;
}

Octets any_frame(Random& random) {
    if (random() % 8 == 0) return random_octets(random, random() % 1600);
    return damaged(good_frame(random), random);
}

/// What each frame comes to: it is dropped for one reason, or taken.
std::uint64_t accounted_for(const net::Counters& counters) {
    return std::accumulate(counters.dropped.begin(), counters.dropped.end(), std::uint64_t{0}) -
           counters[net::Drop::unresolved];
}

} // namespace

TEST_CASE("net: hundreds of thousands of random and damaged frames") {
    Random random(seed());
    Host host;
    host.stack.configure(peer::our_configuration);
    std::uint64_t longest = 0;
    for (unsigned i = 0; i < 200'000; ++i) {
        host.receive(any_frame(random));
        for (const Octets& frame : host.take_sent()) longest = std::max<std::uint64_t>(longest, frame.size());
        if (i % 64 == 0) host.advance(base::milliseconds(random() % 5000));
        if (i % 32 != 0) continue;
        host.sent.clear();
        host.receive(peer::echo_request(i & 0xffff, peer::pattern(i % 1473)));
        REQUIRE(host.take_one() == peer::echo_reply(i & 0xffff, peer::pattern(i % 1473)));
    }
    CHECK(longest <= net::largest_frame);
    CHECK(accounted_for(host.stack.counters()) < host.stack.counters().received);
    for (std::size_t i = 0; i < net::drop_reasons; ++i) {
        const auto reason = static_cast<net::Drop>(i);
        if (reason == net::Drop::unresolved || reason == net::Drop::dhcp_unasked) continue;
        INFO(net::name(reason));
        CHECK(host.stack.counters()[reason] > 0);
    }
}

TEST_CASE("net: a client of DHCP among damaged answers") {
    Random random(seed() + 1);
    Host host;
    for (unsigned i = 0; i < 20'000; ++i) {
        if (i % 100 == 0) host.stack.start_dhcp(host.now);
        if (i % 10 == 0) host.advance(base::seconds(random() % 100));
        const std::uint32_t transaction =
            host.sent.empty() || host.sent.back().size() < 50 ? 0 : peer::number_at(host.sent.back(), 46, 4);
        Octets message = peer::join({peer::u8(2),
                                     peer::u8(1),
                                     peer::u8(6),
                                     peer::u8(0),
                                     peer::u32(transaction),
                                     Octets(8),
                                     peer::u32(peer::our_address),
                                     Octets(8),
                                     peer::mac(peer::our_mac),
                                     Octets(202),
                                     peer::u32(0x63825363),
                                     peer::u8(53),
                                     peer::u8(1),
                                     peer::u8(1 + random() % 7),
                                     peer::u8(54),
                                     peer::u8(4),
                                     peer::u32(peer::their_address),
                                     peer::u8(51),
                                     peer::u8(4),
                                     peer::u32(60),
                                     peer::u8(1),
                                     peer::u8(4),
                                     peer::u32(0xffffff00),
                                     random_octets(random, random() % 30),
                                     peer::u8(255)});
        for (std::uint64_t count = random() % 3; count > 0; --count)
            message[random() % message.size()] = static_cast<std::uint8_t>(random());
        const peer::Ip header{.destination = 0xffffffff, .protocol = 17};
        host.receive(
            peer::ethernet(net::broadcast_mac, 0x0800, peer::ip(header, peer::udp(67, 68, message, header))));
        if (host.sent.size() > 1000) host.sent.erase(host.sent.begin(), host.sent.end() - 1);
        if (host.stack.configuration().is_set()) REQUIRE(host.stack.configuration().address.is_host());
    }
    host.stack.configure(peer::our_configuration);
    host.sent.clear();
    host.receive(peer::echo_request(1, {}));
    CHECK(host.take_one() == peer::echo_reply(1, {}));
}
