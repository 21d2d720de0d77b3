// DHCP against a model server: an address is got, kept, and lost, as RFC 2131 has it.
#include <doctest/doctest.h>

#include <cmath>

#include "test/host/net_peer.h"

using net::DhcpClient;
using net::Drop;
using peer::Host;
using peer::Octets;

namespace {

constexpr unsigned discover = 1, offer = 2, request = 3, acknowledge = 5, refuse = 6;
constexpr std::size_t message_in_frame = 14 + 20 + 8;

Octets option(unsigned kind, const Octets& value) {
    return peer::join({peer::u8(kind), peer::u8(static_cast<unsigned>(value.size())), value});
}

/// A client's message, taken from the frame that it came in.
struct Question {
    explicit Question(const Octets& frame) : frame(frame), message(peer::part(frame, message_in_frame)) {}

    std::uint32_t transaction() const { return peer::number_at(message, 4, 4); }

    /// An option's value; empty when it is not there.
    Octets option(unsigned kind) const {
        for (std::size_t i = 240; i < message.size() && message[i] != 255; i += 2 + message.at(i + 1))
            if (message[i] == kind) return peer::part(message, i + 2, message.at(i + 1));
        return {};
    }

    unsigned type() const { return peer::number_at(option(53), 0, 1); }

    bool is_to_all() const { return peer::number_at(frame, 30, 4) == 0xffffffff; }

    Octets frame;
    Octets message;
};

struct Server {
    std::uint32_t address = peer::our_address;
    std::uint32_t server = peer::their_address;
    std::uint32_t lease = 1000;
    Octets mask = peer::u32(0xffffff00);
    Octets router = peer::u32(peer::their_address);

    Octets options(unsigned type) const {
        return peer::join({option(53, peer::u8(type)), option(54, peer::u32(server)),
                           option(51, peer::u32(lease)), option(1, mask), option(3, router), peer::u8(255)});
    }

    Octets message(const Question& question, const Octets& options) const {
        return peer::join({peer::u8(2), peer::u8(1), peer::u8(6), peer::u8(0),
                           peer::u32(question.transaction()), peer::u32(0), peer::u32(0), peer::u32(address),
                           peer::u32(server), peer::u32(0), peer::mac(peer::our_mac), Octets(10), Octets(192),
                           peer::u32(0x63825363), options});
    }

    Octets frame(const Octets& message) const {
        const peer::Ip header{.source = server, .destination = 0xffffffff, .protocol = 17};
        return peer::ethernet(net::broadcast_mac, 0x0800,
                              peer::ip(header, peer::udp(67, 68, message, header)));
    }

    Octets answer(const Question& question, unsigned type) const {
        return frame(message(question, options(type)));
    }
};

/// A client that has got its address.
struct BoundHost : Host {
    explicit BoundHost(const Server& server = {}) {
        stack.start_dhcp(now);
        receive(server.answer(Question(take_one()), offer));
        receive(server.answer(Question(take_one()), acknowledge));
        REQUIRE(stack.dhcp().state() == DhcpClient::State::bound);
        REQUIRE(sent.empty());
    }
};

} // namespace

TEST_CASE("net DHCP: discover, offer, request, acknowledge") {
    Host host;
    const Server server;
    host.stack.start_dhcp(host.now);
    const Question first(host.take_one());
    CHECK(peer::part(first.frame, 0, 6) == peer::mac(net::broadcast_mac));
    CHECK(peer::number_at(first.frame, 26, 4) == 0);
    CHECK(first.is_to_all());
    CHECK(peer::number_at(first.frame, 34, 4) == (68 << 16 | 67));
    CHECK(peer::checksum(peer::part(first.frame, 14, 20)) == 0);
    CHECK(first.message.size() == 300);
    CHECK(peer::part(first.message, 0, 4) == Octets{1, 1, 6, 0});
    CHECK(peer::number_at(first.message, 10, 2) == 0x8000);
    CHECK(peer::part(first.message, 28, 6) == peer::mac(peer::our_mac));
    CHECK(first.type() == discover);

    host.receive(server.answer(first, offer));
    const Question second(host.take_one());
    CHECK(second.type() == request);
    CHECK(second.transaction() == first.transaction());
    CHECK(second.option(50) == peer::u32(peer::our_address));
    CHECK(second.option(54) == peer::u32(peer::their_address));
    CHECK_FALSE(host.stack.configuration().is_set());

    host.receive(server.answer(second, acknowledge));
    CHECK(host.stack.configuration() == peer::our_configuration);
    CHECK(host.stack.dhcp().lease_seconds() == 1000);
    host.receive(peer::echo_request(1, {}));
    CHECK(host.take_one() == peer::echo_reply(1, {}));
}

TEST_CASE("net DHCP: it asks again, ever more slowly, while nobody answers") {
    Host host;
    host.stack.start_dhcp(host.now);
    std::vector<double> gaps;
    for (int i = 0; i < 7; ++i) {
        const auto before = host.now;
        host.advance(*host.stack.deadline() - host.now);
        gaps.push_back(static_cast<double>((host.now - before).value) / 1e9);
    }
    CHECK(host.take_sent().size() == 8);
    const double expected[] = {4, 8, 16, 32, 64, 64, 64};
    for (int i = 0; i < 7; ++i) CHECK(std::abs(gaps[static_cast<unsigned>(i)] - expected[i]) <= 1);
}

TEST_CASE("net DHCP: a server that goes silent after its offer is given up") {
    Host host;
    host.stack.start_dhcp(host.now);
    host.receive(Server{}.answer(Question(host.take_one()), offer));
    for (int i = 0; i < 4; ++i) {
        CHECK(Question(host.take_one()).type() == request);
        host.advance(*host.stack.deadline() - host.now);
    }
    CHECK(Question(host.take_one()).type() == discover);
}

TEST_CASE("net DHCP: a refusal starts it again, but not at once") {
    Host host;
    const Server server;
    host.stack.start_dhcp(host.now);
    host.receive(server.answer(Question(host.take_one()), offer));
    host.receive(server.answer(Question(host.take_one()), refuse));
    CHECK(host.sent.empty());
    CHECK(host.stack.dhcp().state() == DhcpClient::State::selecting);
    host.advance(base::seconds(10));
    CHECK(Question(host.take_one()).type() == discover);
}

TEST_CASE("net DHCP: a lease is renewed with its server, then with any, then lost") {
    BoundHost host;
    host.introduce_peer();
    host.advance(base::seconds(499));
    CHECK(host.sent.empty());
    host.advance(base::seconds(1));
    host.receive(peer::arp_request(peer::our_address)); // The server's card is known again.
    const auto sent = host.take_sent();
    REQUIRE(sent.size() == 3); // An ARP request, its answer's consequence, and our ARP reply.
    const Question renewal(sent[1]);
    CHECK(renewal.type() == request);
    CHECK_FALSE(renewal.is_to_all());
    CHECK(peer::number_at(renewal.message, 12, 4) == peer::our_address);
    CHECK(renewal.option(50).empty());
    CHECK(renewal.option(54).empty());

    host.advance(base::seconds(374));
    CHECK(host.stack.dhcp().state() == DhcpClient::State::renewing);
    host.advance(base::seconds(1)); // 7/8 of the lease
    const Question rebinding(host.take_sent().back());
    CHECK(rebinding.is_to_all());
    CHECK(host.stack.dhcp().state() == DhcpClient::State::rebinding);
    CHECK(host.stack.configuration().is_set());

    host.advance(base::seconds(125));
    CHECK_FALSE(host.stack.configuration().is_set());
    CHECK(Question(host.take_sent().back()).type() == discover);
}

TEST_CASE("net DHCP: renewed in time, a lease goes on") {
    BoundHost host;
    host.introduce_peer();
    for (int i = 0; i < 10; ++i) {
        host.advance(base::seconds(875)); // Nobody answers the ARP requests; the last question is for all.
        host.receive(Server{}.answer(Question(host.take_sent().back()), acknowledge));
        CHECK(host.stack.dhcp().state() == DhcpClient::State::bound);
        CHECK(host.stack.configuration() == peer::our_configuration);
    }
}

TEST_CASE("net DHCP: a refused renewal takes the address away") {
    BoundHost host;
    host.advance(base::seconds(875));
    host.receive(Server{}.answer(Question(host.take_sent().back()), refuse));
    CHECK_FALSE(host.stack.configuration().is_set());
}

TEST_CASE("net DHCP: a lease for ever is never renewed") {
    BoundHost host(Server{.lease = 0xffffffff});
    CHECK_FALSE(host.stack.deadline().has_value());
    host.advance(base::seconds(1'000'000));
    CHECK(host.sent.empty());
}

TEST_CASE("net DHCP: answers that nobody asked for are dropped") {
    Host host;
    const Server server;
    const auto unasked = [&](const Octets& frame) {
        const auto before = host.stack.counters()[Drop::dhcp_unasked];
        host.receive(frame);
        return host.sent.empty() && host.stack.counters()[Drop::dhcp_unasked] == before + 1;
    };
    host.stack.start_dhcp(host.now);
    const Question first(host.take_one());
    CHECK(unasked(server.answer(first, acknowledge)));
    Question other = first;
    other.message[4] ^= 1;
    CHECK(unasked(server.answer(other, offer)));
    host.receive(server.answer(first, offer));
    const Question second(host.take_one());
    CHECK(unasked(server.answer(second, offer)));
    CHECK(unasked(Server{.server = peer::their_address + 1}.answer(second, acknowledge)));
    host.receive(server.answer(second, acknowledge));
    CHECK(unasked(server.answer(second, acknowledge)));
    CHECK(unasked(server.answer(second, refuse)));
    host.stack.configure(peer::our_configuration);
    CHECK(unasked(server.answer(second, acknowledge)));
}

TEST_CASE("net DHCP: malformed answers are dropped") {
    Host host;
    const Server server;
    host.stack.start_dhcp(host.now);
    const Question question(host.take_one());
    const auto malformed = [&](const Octets& message) {
        const auto before = host.stack.counters()[Drop::dhcp_malformed];
        host.receive(server.frame(message));
        return host.sent.empty() && host.stack.counters()[Drop::dhcp_malformed] == before + 1;
    };
    const Octets good = server.message(question, server.options(offer));
    for (std::size_t size = 0; size < good.size(); ++size) REQUIRE(malformed(peer::part(good, 0, size)));
    for (const std::size_t offset : {0, 1, 2, 28, 33, 236, 239}) {
        Octets bad = good;
        bad[offset] ^= 1;
        CHECK(malformed(bad));
    }
    const auto with = [&](const Server& other) { return other.message(question, other.options(offer)); };
    CHECK(malformed(with({.address = 0})));
    CHECK(malformed(with({.address = 0xe0000001})));
    CHECK(malformed(with({.address = 0x0a0002ff})));
    CHECK(malformed(with({.address = 0x0a000200})));
    CHECK(malformed(with({.server = 0})));
    CHECK(malformed(with({.lease = 0})));
    CHECK(malformed(with({.mask = peer::u32(0)})));
    CHECK(malformed(with({.mask = peer::u32(0xff00ff00)})));
    CHECK(malformed(with({.mask = peer::u16(0xffff)})));
    CHECK(malformed(with({.router = peer::u16(0x0a00)})));
    CHECK(malformed(server.message(question, peer::join({option(53, {}), peer::u8(255)}))));
    CHECK(malformed(server.message(question, server.options(4))));
    host.receive(server.answer(question, offer));
    CHECK(Question(host.take_one()).type() == request);
}

TEST_CASE("net DHCP: padding, unknown options and a gateway that cannot be one do no harm") {
    for (const std::uint32_t router : {0x0b000001u, 0x0a0002ffu, peer::our_address}) {
        Host host;
        const Server server{.router = peer::u32(router)};
        host.stack.start_dhcp(host.now);
        const auto answer = [&](unsigned type) {
            const Question question(host.take_one());
            host.receive(server.frame(server.message(
                question, peer::join({Octets(3), option(12, peer::pattern(20)), server.options(type)}))));
        };
        answer(offer);
        answer(acknowledge);
        CHECK(host.stack.configuration() == net::Ipv4Configuration{{peer::our_address}, 24, {}});
    }
}
