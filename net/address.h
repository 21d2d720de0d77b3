// Addresses: of a network card (IEEE 802), of a host (RFC 791), and what a host knows of its own network.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "kernel/base/text.h"
#include "net/bytes.h"

namespace net {

using MacAddress = std::array<std::uint8_t, 6>;

inline constexpr MacAddress broadcast_mac{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/// Whether the address names a group of cards: all of them, for the broadcast address.
constexpr bool is_group(const MacAddress& mac) { return (mac[0] & 1) != 0; }

MacAddress read_mac(Bytes bytes, std::size_t offset);
void write_mac(MutableBytes bytes, std::size_t offset, const MacAddress& mac);

struct Ipv4Address {
    std::uint32_t value = 0; ///< The first of the four numbers is the most significant.

    constexpr auto operator<=>(const Ipv4Address&) const = default;

    constexpr bool is_set() const { return value != 0; }

    /// Whether it can belong to one host: not 0/8, 127/8, a group or reserved (RFC 1122, 3.2.1.3).
    constexpr bool is_host() const {
        const std::uint32_t first = value >> 24;
        return first != 0 && first != 127 && first < 224;
    }
};

inline constexpr Ipv4Address broadcast_address{0xffff'ffff};

/// A host's own address and its surroundings; without an address it has no network.
struct Ipv4Configuration {
    Ipv4Address address{};
    std::uint8_t prefix = 0; ///< How many leading bits all hosts of the network have in common: 1 to 32.
    Ipv4Address gateway{};   ///< Where packets for other networks go, if there is such a way.

    constexpr bool operator==(const Ipv4Configuration&) const = default;

    constexpr bool is_set() const { return address.is_set(); }

    constexpr std::uint32_t mask() const { return prefix == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix); }

    /// Whether a packet for that address is for everybody here. A network of one or two hosts has no such
    /// address of its own (RFC 3021).
    constexpr bool is_broadcast(Ipv4Address other) const {
        if (other == broadcast_address) return true;
        return is_set() && prefix < 31 && other.value == (address.value | ~mask());
    }

    /// Whether the address is one of the network's, be it a host's or not.
    constexpr bool contains(Ipv4Address other) const {
        return is_set() && ((other.value ^ address.value) & mask()) == 0;
    }

    /// Whether a host here can have that address: it is not the network's own number, nor that of everybody
    /// (RFC 1122, 3.2.1.3).
    constexpr bool has_room_for(Ipv4Address other) const {
        const bool is_number = prefix < 31 && (other.value & ~mask()) == 0;
        return contains(other) && other.is_host() && !is_number && !is_broadcast(other);
    }

    /// Whether another host of that address is reached without a gateway.
    constexpr bool is_neighbour(Ipv4Address other) const { return has_room_for(other) && other != address; }

    /// To whom a packet for `destination` is handed; nothing when there is no way, as there is none to
    /// ourselves.
    constexpr std::optional<Ipv4Address> next_hop(Ipv4Address destination) const {
        if (is_neighbour(destination)) return destination;
        if (!contains(destination) && destination.is_host() && is_neighbour(gateway)) return gateway;
        return {};
    }
};

base::Text<17> to_text(const MacAddress& mac); ///< "52:54:00:12:34:56"
base::Text<15> to_text(Ipv4Address address);   ///< "10.0.2.15"

/// Reads "10.0.2.15"; nothing when it is not an address.
std::optional<Ipv4Address> parse_address(std::string_view text);
/// Reads "10.0.2.15/24" and a gateway, which may be empty; nothing when a host cannot be configured so.
std::optional<Ipv4Configuration> parse_configuration(std::string_view address, std::string_view gateway);

} // namespace net
