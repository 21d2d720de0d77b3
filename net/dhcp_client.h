// A client of DHCP (RFC 2131, 4.4): how a host comes by its address, and keeps it.
//
//     stopped ──start──> selecting ──offer──> requesting ──acknowledge──> bound ──half of the lease──┐
//                           ^ ^                   │                         ^                        v
//                           │ └──────refuse───────┘                         ├──acknowledge────── renewing
//                           │                                               │                        │ 7/8
//                           └──────────────refuse, or the lease is over─────┴──acknowledge────── rebinding
#pragma once

#include <optional>
#include <string_view>

#include "kernel/base/time.h"
#include "net/dhcp_message.h"

namespace net {

class DhcpClient {
public:
    enum class State { stopped, selecting, requesting, bound, renewing, rebinding };
    enum class Event { none, unasked, acquired, lost };

    explicit DhcpClient(const MacAddress& mac) : mac_(mac) {}

    /// Forgets what lease there was, and looks for one.
    void start(base::Nanoseconds now);

    void stop() { state_ = State::stopped; }

    /// Takes a server's answer. `acquired`: lease() is to be used from now on; `lost`: it may be used no
    /// longer.
    Event receive(const DhcpAnswer& answer, base::Nanoseconds now);
    /// To be called when the deadline has come.
    Event tick(base::Nanoseconds now);

    /// What is to be sent now, if anything; asked after each of the calls above.
    std::optional<DhcpQuestion> take_question();
    std::optional<base::Nanoseconds> deadline() const;

    State state() const { return state_; }

    const Ipv4Configuration& lease() const { return answer_.configuration; }

    Ipv4Address server() const { return answer_.server; }

    std::uint32_t lease_seconds() const { return answer_.lease_seconds; }

private:
    void ask(base::Nanoseconds next);
    void enter(State state);
    void begin_lease(const DhcpAnswer& answer, base::Nanoseconds now);
    Event start_again(base::Nanoseconds now);
    base::Nanoseconds retry_delay();

    bool has_lease() const { return state_ >= State::bound; }

    MacAddress mac_;
    State state_ = State::stopped;
    DhcpAnswer answer_; ///< The offer, then the lease.
    std::uint32_t transaction_ = 0;
    unsigned attempts_ = 0; ///< Questions asked in this state.
    bool question_due_ = false;
    base::Nanoseconds deadline_{};
    base::Nanoseconds renew_{}, rebind_{}, expiry_{};
};

constexpr std::string_view name(DhcpClient::State state) {
    switch (state) {
    case DhcpClient::State::stopped: return "stopped";
    case DhcpClient::State::selecting: return "selecting";
    case DhcpClient::State::requesting: return "requesting";
    case DhcpClient::State::bound: return "bound";
    case DhcpClient::State::renewing: return "renewing";
    case DhcpClient::State::rebinding: return "rebinding";
    }
    return "?";
}

} // namespace net
