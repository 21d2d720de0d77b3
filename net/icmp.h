// Echo: the part of the Internet Control Message Protocol (RFC 792) that asks "are you there?".
#pragma once

#include <cstdint>
#include <expected>

#include "net/bytes.h"
#include "net/counters.h"

namespace net {

inline constexpr std::size_t icmp_header_size = 8;

/// What tells one request from another.
struct EchoId {
    std::uint16_t identifier = 0; ///< Who asks.
    std::uint16_t sequence = 0;   ///< Which of their requests it is.

    constexpr bool operator==(const EchoId&) const = default;
};

struct EchoMessage {
    bool is_reply = false;
    EchoId id;
    Bytes payload;
};

/// Takes a message apart, or says why it cannot be used.
std::expected<EchoMessage, Drop> read_echo(Bytes message);
/// Writes a header in front of the payload, which stands in `message` already.
void write_echo(MutableBytes message, bool is_reply, EchoId id);

} // namespace net
