// Echo requests and replies.
#include "net/icmp.h"

#include "net/checksum.h"

namespace net {
namespace {

// Type and code; echo has code 0 only.
constexpr std::uint16_t echo_reply = 0x0000;
constexpr std::uint16_t echo_request = 0x0800;

constexpr std::size_t type_offset = 0;
constexpr std::size_t checksum_offset = 2;
constexpr std::size_t identifier_offset = 4;
constexpr std::size_t sequence_offset = 6;

} // namespace

std::expected<EchoMessage, Drop> read_echo(Bytes message) {
    if (message.size() < icmp_header_size || checksum(message) != 0)
        return std::unexpected(Drop::icmp_malformed);
    const std::uint16_t type = read16(message, type_offset);
    if (type != echo_request && type != echo_reply) return std::unexpected(Drop::unknown_icmp);
    return EchoMessage{type == echo_reply,
                       {read16(message, identifier_offset), read16(message, sequence_offset)},
                       message.subspan(icmp_header_size)};
}

void write_echo(MutableBytes message, bool is_reply, EchoId id) {
    write16(message, type_offset, is_reply ? echo_reply : echo_request);
    write16(message, checksum_offset, 0);
    write16(message, identifier_offset, id.identifier);
    write16(message, sequence_offset, id.sequence);
    write16(message, checksum_offset, checksum(message));
}

} // namespace net
