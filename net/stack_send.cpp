// What the stack sends, and what it does when time passes.
#include <algorithm>

#include "net/stack.h"

namespace net {
namespace {

constexpr base::Nanoseconds arp_patience = base::seconds(1);
constexpr unsigned arp_requests = 3;

} // namespace

void Stack::configure(const Ipv4Configuration& configuration) {
    dhcp_.stop();
    adopt(configuration);
}

/// What was learned about the network before may not be true of this one.
void Stack::adopt(const Ipv4Configuration& configuration) {
    configuration_ = configuration;
    arp_cache_.clear();
    give_up_waiting();
}

void Stack::start_dhcp(base::Nanoseconds now) {
    configure({});
    dhcp_.start(now);
    send_dhcp(now);
}

std::optional<base::Nanoseconds> Stack::deadline() const {
    const auto dhcp = dhcp_.deadline();
    if (waiting_.size == 0) return dhcp;
    return std::min(waiting_.deadline, dhcp.value_or(waiting_.deadline));
}

void Stack::tick(base::Nanoseconds now) {
    if (waiting_.size > 0 && now >= waiting_.deadline) ask_for_next_hop(now);
    use(dhcp_.tick(now), now);
}

Stack::Sent Stack::send_echo_request(Ipv4Address to, EchoId id, Bytes payload, base::Nanoseconds now) {
    if (payload.size() > largest_echo) return std::unexpected(abi::Error::invalid_argument);
    const MutableBytes message = payload_of_packet().first(icmp_header_size + payload.size());
    copy(payload, message.subspan(icmp_header_size));
    write_echo(message, false, id);
    return send_ipv4({configuration_.address, to, protocol::icmp}, message.size(), now);
}

Stack::Sent Stack::send_to_all(std::uint16_t type, Bytes payload) {
    if (payload.size() > largest_payload) return std::unexpected(abi::Error::invalid_argument);
    copy(payload, MutableBytes(frame_).subspan(ethernet_header_size));
    return transmit(broadcast_mac, type, payload.size());
}

/// DHCP's own packets must get out without an address.
void Stack::send_dhcp(base::Nanoseconds now) {
    const auto question = dhcp_.take_question();
    if (!question) return;
    const Ipv4Header header{question->current, question->to_all ? broadcast_address : dhcp_.server(),
                            protocol::udp};
    const MutableBytes datagram = payload_of_packet().first(udp_header_size + DhcpQuestion::size);
    write_dhcp(datagram.subspan(udp_header_size), *question);
    write_udp(datagram, {port::dhcp_client, port::dhcp_server}, header);
    // If it is not sent, or no answer comes, DHCP will ask again.
    static_cast<void>(send_ipv4(header, datagram.size(), now));
}

/// Where the payload of the packet that is sent next is to be written.
MutableBytes Stack::payload_of_packet() {
    return MutableBytes(frame_).subspan(ethernet_header_size + ipv4_header_size);
}

Ipv4Header Stack::answer_to(const Ipv4Packet& packet) const {
    return {configuration_.address, packet.header.source, packet.header.protocol};
}

/// Sends a packet to where `frame` came from: an answer needs no table that a flood of questions could fill.
void Stack::answer(const EthernetHeader& frame, const Ipv4Header& header, std::size_t payload_size) {
    write_ipv4(MutableBytes(frame_).subspan(ethernet_header_size), header, payload_size);
    static_cast<void>(transmit(frame.source, ether_type::ipv4, ipv4_header_size + payload_size));
}

/// Sends the packet whose payload has been written.
Stack::Sent Stack::send_ipv4(const Ipv4Header& header, std::size_t payload_size, base::Nanoseconds now) {
    const std::size_t size = ipv4_header_size + payload_size;
    write_ipv4(MutableBytes(frame_).subspan(ethernet_header_size), header, payload_size);
    if (configuration_.is_broadcast(header.destination))
        return transmit(broadcast_mac, ether_type::ipv4, size);
    const auto next_hop = configuration_.next_hop(header.destination);
    if (!next_hop) return std::unexpected(abi::Error::not_found);
    if (const auto mac = arp_cache_.find(*next_hop, now)) return transmit(*mac, ether_type::ipv4, size);
    hold(*next_hop, size, now);
    return {};
}

void Stack::send_arp(const MacAddress& to, const ArpPacket& packet) {
    write_arp(MutableBytes(frame_).subspan(ethernet_header_size), packet);
    static_cast<void>(transmit(to, ether_type::arp, ArpPacket::size));
}

/// Keeps the packet that has been written until the next hop's card is known (RFC 1122, 2.3.2.2).
void Stack::hold(Ipv4Address next_hop, std::size_t size, base::Nanoseconds now) {
    const bool is_asked_for = waiting_.size > 0 && waiting_.next_hop == next_hop;
    give_up_waiting();
    copy(Bytes(frame_).subspan(ethernet_header_size, size), waiting_.packet);
    waiting_.size = size;
    if (is_asked_for) return;
    waiting_.next_hop = next_hop;
    waiting_.requests = 0;
    ask_for_next_hop(now);
}

void Stack::ask_for_next_hop(base::Nanoseconds now) {
    if (waiting_.requests == arp_requests) return give_up_waiting();
    ++waiting_.requests;
    waiting_.deadline = now + arp_patience;
    send_arp(broadcast_mac,
             {ArpPacket::Operation::request, mac_, configuration_.address, {}, waiting_.next_hop});
}

void Stack::give_up_waiting() {
    if (waiting_.size > 0) counters_.drop(Drop::unresolved);
    waiting_.size = 0;
}

void Stack::release_waiting(const MacAddress& mac) {
    copy(Bytes(waiting_.packet).first(waiting_.size), MutableBytes(frame_).subspan(ethernet_header_size));
    static_cast<void>(transmit(mac, ether_type::ipv4, waiting_.size));
    waiting_.size = 0;
}

/// Sends the frame whose payload has been written.
Stack::Sent Stack::transmit(const MacAddress& to, std::uint16_t type, std::size_t payload_size) {
    const MutableBytes frame = MutableBytes(frame_).first(ethernet_header_size + payload_size);
    write_ethernet(frame, {to, mac_, type});
    const bool is_taken = sender_.send(sender_.context, frame);
    ++(is_taken ? counters_.sent : counters_.refused);
    if (!is_taken) return std::unexpected(abi::Error::would_block);
    return {};
}

} // namespace net
