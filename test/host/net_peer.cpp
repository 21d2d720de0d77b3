// Builds packets byte by byte, after the RFCs' pictures.
#include "test/host/net_peer.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace peer {

Octets u8(unsigned value) { return {static_cast<std::uint8_t>(value)}; }

Octets u16(unsigned value) { return join({u8(value >> 8), u8(value)}); }

Octets u32(std::uint32_t value) { return join({u16(value >> 16), u16(value & 0xffff)}); }

Octets mac(const net::MacAddress& address) { return {address.begin(), address.end()}; }

Octets join(std::initializer_list<Octets> parts) {
    Octets all;
    for (const Octets& one : parts) all.insert(all.end(), one.begin(), one.end());
    return all;
}

Octets pattern(std::size_t size, unsigned seed) {
    Octets octets(size);
    for (std::size_t i = 0; i < size; ++i) octets[i] = static_cast<std::uint8_t>(seed + i * 7 + i / 256);
    return octets;
}

std::uint32_t number_at(const Octets& octets, std::size_t offset, unsigned size) {
    std::uint32_t number = 0;
    for (unsigned i = 0; i < size; ++i) number = number << 8 | octets.at(offset + i);
    return number;
}

Octets part(const Octets& octets, std::size_t offset, std::size_t size) {
    const std::size_t end = offset + std::min(size, octets.size() - offset);
    return {octets.begin() + static_cast<std::ptrdiff_t>(offset),
            octets.begin() + static_cast<std::ptrdiff_t>(end)};
}

void put16(Octets& octets, std::size_t offset, unsigned value) {
    octets.at(offset) = static_cast<std::uint8_t>(value >> 8);
    octets.at(offset + 1) = static_cast<std::uint8_t>(value);
}

unsigned checksum(const Octets& octets) {
    unsigned sum = 0;
    for (std::size_t i = 0; i < octets.size(); ++i) {
        sum += i % 2 == 0 ? octets[i] << 8 : octets[i];
        if (sum > 0xffff) sum -= 0xffff;
    }
    return ~sum & 0xffff;
}

Octets ethernet(const net::MacAddress& to, unsigned type, const Octets& payload) {
    return join({mac(to), mac(their_mac), u16(type), payload});
}

Octets arp(unsigned operation, const net::MacAddress& sender_mac, std::uint32_t sender,
           const net::MacAddress& target_mac, std::uint32_t target) {
    return join({u16(1), u16(0x0800), u8(6), u8(4), u16(operation), mac(sender_mac), u32(sender),
                 mac(target_mac), u32(target)});
}

Octets ip(const Ip& header, const Octets& payload) {
    Octets octets = join({u8(0x45 + static_cast<unsigned>(header.options.size() / 4)), u8(0),
                          u16(static_cast<unsigned>(20 + header.options.size() + payload.size())),
                          u16(0x1234), u16(header.fragment), u8(header.time_to_live), u8(header.protocol),
                          u16(0), u32(header.source), u32(header.destination), header.options});
    put16(octets, 10, checksum(octets));
    return join({octets, payload});
}

Octets icmp(unsigned type, unsigned identifier, unsigned sequence, const Octets& payload) {
    Octets octets = join({u8(type), u8(0), u16(0), u16(identifier), u16(sequence), payload});
    put16(octets, 2, checksum(octets));
    return octets;
}

Octets udp(unsigned source, unsigned destination, const Octets& payload, const Ip& header) {
    const auto length = static_cast<unsigned>(8 + payload.size());
    Octets octets = join({u16(source), u16(destination), u16(length), u16(0), payload});
    const Octets pseudo =
        join({u32(header.source), u32(header.destination), u8(0), u8(header.protocol), u16(length)});
    const unsigned sum = checksum(join({pseudo, octets}));
    put16(octets, 6, sum == 0 ? 0xffff : sum);
    return octets;
}

Octets to_us(const Ip& header, const Octets& payload) {
    return ethernet(our_mac, 0x0800, ip(header, payload));
}

Octets datagram(unsigned source, unsigned destination, const Octets& payload, Ip header) {
    header.protocol = 17;
    return to_us(header, udp(source, destination, payload, header));
}

Octets arp_request(std::uint32_t target) {
    return ethernet(net::broadcast_mac, 0x0806, arp(1, their_mac, their_address, {}, target));
}

Octets echo_request(unsigned sequence, const Octets& payload) {
    return ethernet(our_mac, 0x0800, ip({}, icmp(8, 0x7472, sequence, payload)));
}

Octets echo_reply(unsigned sequence, const Octets& payload) {
    Octets header = join({u8(0x45), u8(0), u16(static_cast<unsigned>(28 + payload.size())), u16(0),
                          u16(0x4000), u8(64), u8(1), u16(0), u32(our_address), u32(their_address)});
    put16(header, 10, checksum(header));
    return join({mac(their_mac), mac(our_mac), u16(0x0800), header, icmp(0, 0x7472, sequence, payload)});
}

Host::Host()
    : stack(our_mac, {[](void* self, net::Bytes frame) {
                          auto& host = *static_cast<Host*>(self);
                          if (host.device_is_full) return false;
                          const auto* octets = reinterpret_cast<const std::uint8_t*>(frame.data());
                          host.sent.emplace_back(octets, octets + frame.size());
                          return true;
                      },
                      this}) {}

void Host::receive(const Octets& frame) {
    const auto exact = std::make_unique<std::byte[]>(frame.size());
    std::ranges::transform(frame, exact.get(), [](std::uint8_t octet) { return std::byte{octet}; });
    stack.receive({exact.get(), frame.size()}, now);
}

void Host::advance(base::Nanoseconds time) {
    const base::Nanoseconds end = now + time;
    while (stack.deadline() && *stack.deadline() <= end) {
        now = std::max(now, *stack.deadline());
        stack.tick(now);
    }
    now = end;
}

std::vector<Octets> Host::take_sent() { return std::exchange(sent, {}); }

Octets Host::take_one() {
    const auto frames = take_sent();
    return frames.size() == 1 ? frames[0] : Octets{};
}

void Host::introduce_peer() {
    receive(arp_request(our_address));
    sent.clear();
}

bool ConfiguredHost::drops(const Octets& frame, net::Drop reason) {
    const std::uint64_t before = stack.counters()[reason];
    receive(frame);
    return sent.empty() && stack.counters()[reason] == before + 1;
}

bool ConfiguredHost::answers_pings() {
    receive(echo_request(7, pattern(56)));
    return take_one() == echo_reply(7, pattern(56));
}

net::Stack::Sent ConfiguredHost::ping(std::uint32_t address, std::size_t size) {
    const Octets payload = pattern(size);
    return stack.send_echo_request({address}, {0x1111, 5}, std::as_bytes(std::span(payload)), now);
}

} // namespace peer
