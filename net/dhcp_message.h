// Messages of the Dynamic Host Configuration Protocol (RFC 2131, options in RFC 2132), as a client needs
// them.
#pragma once

#include <cstdint>
#include <optional>

#include "net/address.h"
#include "net/bytes.h"

namespace net {

enum class DhcpType : std::uint8_t { discover = 1, offer = 2, request = 3, acknowledge = 5, refuse = 6 };

/// What a client says.
struct DhcpQuestion {
    static constexpr std::size_t size = 300; ///< Padded to what old relays expect (RFC 1542, 2.1).

    DhcpType type = DhcpType::discover;
    std::uint32_t transaction = 0;
    MacAddress mac{};
    Ipv4Address current{};   ///< The client's address, if it has one.
    Ipv4Address requested{}; ///< The address that it wants, if it matters.
    Ipv4Address server{};    ///< Whose offer is taken up; not set when any server may answer.
    bool to_all = true;      ///< To be broadcast, as has to be the answer; else to the lease's server.
};

/// What a server says.
struct DhcpAnswer {
    DhcpType type = DhcpType::offer;
    std::uint32_t transaction = 0;
    Ipv4Configuration configuration; ///< Usable, unless the type is `refuse`.
    Ipv4Address server{};
    std::uint32_t lease_seconds = 0;

    static constexpr std::uint32_t forever = 0xffff'ffff;
};

/// Writes DhcpQuestion::size bytes.
void write_dhcp(MutableBytes to, const DhcpQuestion& question);
/// Reads a server's answer to the card `mac`; nothing when it is malformed, incomplete or for another card.
std::optional<DhcpAnswer> read_dhcp(Bytes message, const MacAddress& mac);

} // namespace net
