// Reads and writes the 14 bytes in front of everything else.
#include "net/ethernet.h"

namespace net {
namespace {

constexpr std::size_t destination_offset = 0;
constexpr std::size_t source_offset = 6;
constexpr std::size_t type_offset = 12;

} // namespace

std::optional<EthernetHeader> read_ethernet(Bytes frame) {
    if (frame.size() < ethernet_header_size) return {};
    return EthernetHeader{read_mac(frame, destination_offset), read_mac(frame, source_offset),
                          read16(frame, type_offset)};
}

void write_ethernet(MutableBytes frame, const EthernetHeader& header) {
    // [lab 5: build the Ethernet header]
    write_mac(frame, destination_offset, header.destination);
    write_mac(frame, source_offset, header.source);
    write16(frame, type_offset, header.type);
    // [/lab]
}

} // namespace net
