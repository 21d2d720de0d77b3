// What the stack does with what it receives.
#include "net/stack.h"

namespace net {

void Stack::receive(Bytes frame, base::Nanoseconds now) {
    ++counters_.received;
    const auto header = read_ethernet(frame);
    if (!header || frame.size() > largest_frame) return counters_.drop(Drop::frame_length);
    if (is_group(header->source) || header->source == mac_) return counters_.drop(Drop::frame_source);
    if (header->destination != mac_ && header->destination != broadcast_mac)
        return counters_.drop(Drop::not_for_us);
    const Bytes payload = frame.subspan(ethernet_header_size);
    switch (header->type) {
    case ether_type::arp: return receive_arp(payload, now);
    case ether_type::ipv4: return receive_ipv4(*header, payload, now);
    default: return counters_.drop(Drop::unknown_type);
    }
}

/// As in RFC 826: who speaks to us is noted, who speaks to others only if we know them already. A probe (RFC
/// 5227) comes from no address, and is answered all the same.
void Stack::receive_arp(Bytes payload, base::Nanoseconds now) {
    const auto packet = read_arp(payload);
    if (!packet) return counters_.drop(Drop::arp_malformed);
    if (!configuration_.is_set()) return counters_.drop(Drop::not_for_us);
    if (packet->sender == configuration_.address) return counters_.drop(Drop::arp_conflict);
    const bool is_for_us = packet->target == configuration_.address;
    if (configuration_.is_neighbour(packet->sender)) {
        if (is_for_us)
            arp_cache_.learn(packet->sender, packet->sender_mac, now);
        else
            arp_cache_.refresh(packet->sender, packet->sender_mac, now);
    }
    if (!is_for_us) return counters_.drop(Drop::not_for_us);
    if (waiting_.size > 0 && waiting_.next_hop == packet->sender) release_waiting(packet->sender_mac);
    if (packet->operation != ArpPacket::Operation::request) return;
    ++counters_.arp_answered;
    // [lab 5: answer an ARP request]
    send_arp(packet->sender_mac, {.operation = ArpPacket::Operation::reply,
                                  .sender_mac = mac_,
                                  .sender = configuration_.address,
                                  .target_mac = packet->sender_mac,
                                  .target = packet->sender});
    // [/lab]
}

/// Without an address only DHCP's broadcasts are for us.
void Stack::receive_ipv4(const EthernetHeader& frame, Bytes payload, base::Nanoseconds now) {
    const auto packet = read_ipv4(payload);
    if (!packet) return counters_.drop(packet.error());
    const Ipv4Header& header = packet->header;
    const bool is_for_all = configuration_.is_broadcast(header.destination);
    const bool is_for_us = configuration_.is_set() && header.destination == configuration_.address &&
                           frame.destination == mac_; // RFC 1122, 3.3.6: in a frame to all it is a trick.
    if (!is_for_us && !is_for_all) return counters_.drop(Drop::not_for_us);
    const bool is_local = configuration_.contains(header.source);
    if (!header.source.is_host() || (is_local && !configuration_.is_neighbour(header.source)))
        return counters_.drop(Drop::ipv4_source);
    if (header.protocol == protocol::udp) return receive_udp(frame, *packet, now);
    if (header.protocol != protocol::icmp) return counters_.drop(Drop::unknown_protocol);
    if (is_for_all)
        return counters_.drop(Drop::not_for_us); // RFC 1122, 3.2.2.6: or all would answer at once.
    receive_icmp(frame, *packet);
}

void Stack::receive_icmp(const EthernetHeader& frame, const Ipv4Packet& packet) {
    const auto message = read_echo(packet.payload);
    if (!message) return counters_.drop(message.error());
    if (message->is_reply) {
        ++counters_.echo_replies;
        if (echo_listener_.on_reply)
            echo_listener_.on_reply(echo_listener_.context, packet.header.source, *message);
        return;
    }
    ++counters_.echo_answered;
    const MutableBytes reply = payload_of_packet().first(packet.payload.size());
    copy(message->payload, reply.subspan(icmp_header_size));
    write_echo(reply, true, message->id);
    answer(frame, answer_to(packet), reply.size());
}

/// An echo to somebody else's echo port would go to and fro for ever.
void Stack::receive_udp(const EthernetHeader& frame, const Ipv4Packet& packet, base::Nanoseconds now) {
    const auto datagram = read_udp(packet);
    if (!datagram) return counters_.drop(datagram.error());
    const UdpPorts ports = datagram->ports;
    if (ports.destination == port::dhcp_client && ports.source == port::dhcp_server)
        return receive_dhcp(datagram->payload, now);
    if (ports.destination != port::echo) return counters_.drop(Drop::unknown_port);
    if (packet.header.destination != configuration_.address) return counters_.drop(Drop::not_for_us);
    if (ports.source == port::echo || ports.source == 0) return counters_.drop(Drop::unknown_port);
    ++counters_.udp_echoed;
    const Ipv4Header header = answer_to(packet);
    const MutableBytes reply = payload_of_packet().first(udp_header_size + datagram->payload.size());
    copy(datagram->payload, reply.subspan(udp_header_size));
    write_udp(reply, {ports.destination, ports.source}, header);
    answer(frame, header, reply.size());
}

void Stack::receive_dhcp(Bytes payload, base::Nanoseconds now) {
    const auto answer = read_dhcp(payload, mac_);
    if (!answer) return counters_.drop(Drop::dhcp_malformed);
    const auto event = dhcp_.receive(*answer, now);
    if (event == DhcpClient::Event::unasked) return counters_.drop(Drop::dhcp_unasked);
    use(event, now);
}

/// Lives by what DHCP says, and sends what it wants to say.
void Stack::use(DhcpClient::Event event, base::Nanoseconds now) {
    if (event == DhcpClient::Event::acquired && dhcp_.lease() != configuration_) adopt(dhcp_.lease());
    if (event == DhcpClient::Event::lost) adopt({});
    send_dhcp(now);
}

} // namespace net
