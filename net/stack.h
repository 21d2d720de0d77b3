// A small network stack for one card: ARP, IPv4, ICMP echo, UDP echo and DHCP.
//
//     receive(frame) ──> Ethernet ──┬─> ARP ──────────> reply; what waited for it is sent
//                                   └─> IPv4 ──┬─> ICMP ─> echo reply, or the listener is told
//                                              └─> UDP ──> echo, DHCP client
//
// It knows neither device nor clock: frames and the time are handed in, frames are handed out to a function.
// Nothing is allocated: there is one frame to write in, and one that waits for its next hop's address. What
// arrives is not trusted; each frame that is not used is counted under the reason.
#pragma once

#include <expected>
#include <optional>

#include "kernel/abi/error.h"
#include "kernel/base/time.h"
#include "net/address.h"
#include "net/arp.h"
#include "net/arp_cache.h"
#include "net/counters.h"
#include "net/dhcp_client.h"
#include "net/ethernet.h"
#include "net/icmp.h"
#include "net/ipv4.h"
#include "net/udp.h"

namespace net {

/// Hands a frame to the device, which copies it; short ones are padded there. False: it was not taken.
struct FrameSender {
    bool (*send)(void* context, Bytes frame) = nullptr;
    void* context = nullptr;
};

/// Told of replies to echo requests; `reply` is valid during the call only.
struct EchoListener {
    void (*on_reply)(void* context, Ipv4Address from, const EchoMessage& reply) = nullptr;
    void* context = nullptr;
};

class Stack {
public:
    using Sent = std::expected<void, abi::Error>;
    static constexpr std::size_t largest_echo =
        largest_payload - ipv4_header_size - icmp_header_size; ///< 1472

    Stack(const MacAddress& mac, FrameSender sender) : mac_(mac), sender_(sender), dhcp_(mac) {}

    /// Gives the host an address, or takes it; DHCP is over.
    void configure(const Ipv4Configuration& configuration);
    /// Looks for an address; configuration() will tell when there is one.
    void start_dhcp(base::Nanoseconds now);

    void set_echo_listener(EchoListener listener) { echo_listener_ = listener; }

    /// Takes a frame from the device, whole or damaged.
    void receive(Bytes frame, base::Nanoseconds now);
    /// When tick() is to be called next: nothing, when nothing is waited for.
    std::optional<base::Nanoseconds> deadline() const;
    void tick(base::Nanoseconds now);

    /// Sends a request of up to largest_echo bytes, as soon as the next hop's card is known.
    /// Error::invalid_argument for more, Error::not_found when no way leads there, Error::would_block when
    /// the device took no frame.
    Sent send_echo_request(Ipv4Address to, EchoId id, Bytes payload, base::Nanoseconds now);
    /// Sends a frame to all. Error::invalid_argument for more than largest_payload, Error::would_block.
    Sent send_to_all(std::uint16_t type, Bytes payload);

    const MacAddress& mac() const { return mac_; }

    const Ipv4Configuration& configuration() const { return configuration_; }

    const DhcpClient& dhcp() const { return dhcp_; }

    const ArpCache& arp_cache() const { return arp_cache_; }

    const Counters& counters() const { return counters_; }

private:
    /// A packet that waits until its next hop's card is known. There is one: a later one takes its place.
    struct Waiting {
        Ipv4Address next_hop{};
        std::size_t size = 0;
        unsigned requests = 0; ///< ARP requests sent for it.
        base::Nanoseconds deadline{};
        std::array<std::byte, largest_payload> packet{};
    };

    void receive_arp(Bytes payload, base::Nanoseconds now);
    void receive_ipv4(const EthernetHeader& frame, Bytes payload, base::Nanoseconds now);
    void receive_icmp(const EthernetHeader& frame, const Ipv4Packet& packet);
    void receive_udp(const EthernetHeader& frame, const Ipv4Packet& packet, base::Nanoseconds now);
    void receive_dhcp(Bytes payload, base::Nanoseconds now);
    void use(DhcpClient::Event event, base::Nanoseconds now);
    void adopt(const Ipv4Configuration& configuration);

    MutableBytes payload_of_packet();
    Ipv4Header answer_to(const Ipv4Packet& packet) const;
    void answer(const EthernetHeader& frame, const Ipv4Header& header, std::size_t payload_size);
    Sent send_ipv4(const Ipv4Header& header, std::size_t payload_size, base::Nanoseconds now);
    void send_arp(const MacAddress& to, const ArpPacket& packet);
    void send_dhcp(base::Nanoseconds now);
    void hold(Ipv4Address next_hop, std::size_t size, base::Nanoseconds now);
    void ask_for_next_hop(base::Nanoseconds now);
    void give_up_waiting();
    void release_waiting(const MacAddress& mac);
    Sent transmit(const MacAddress& to, std::uint16_t type, std::size_t payload_size);

    MacAddress mac_;
    FrameSender sender_;
    EchoListener echo_listener_;
    Ipv4Configuration configuration_;
    ArpCache arp_cache_;
    DhcpClient dhcp_;
    Counters counters_;
    Waiting waiting_;
    std::array<std::byte, largest_frame> frame_{}; ///< What is sent is written here.
};

} // namespace net
