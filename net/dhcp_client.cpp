// The states of RFC 2131, figure 5, without those for a host that remembers an address from before.
#include "net/dhcp_client.h"

#include <algorithm>

namespace net {
namespace {

constexpr unsigned requests_before_doubt = 4; // Then the server that made the offer is taken to be gone.
constexpr unsigned doublings = 4;             // 4, 8, 16, 32, 64 seconds (4.1)
constexpr base::Nanoseconds first_delay = base::seconds(4);
constexpr base::Nanoseconds after_refusal = base::seconds(10);
constexpr base::Nanoseconds shortest_renewal = base::seconds(60); // 4.4.5

/// Spreads the bits of a number over all others (the finaliser of MurmurHash3).
std::uint32_t scramble(std::uint64_t number) {
    number = (number ^ number >> 33) * 0xff51'afd7'ed55'8ccd;
    number = (number ^ number >> 33) * 0xc4ce'b9fe'1a85'ec53;
    return static_cast<std::uint32_t>(number ^ number >> 33);
}

/// Different for each card and time: hosts that are switched on together must not ask in step.
std::uint32_t choose_transaction(const MacAddress& mac, base::Nanoseconds now) {
    std::uint64_t number = 0;
    for (const std::uint8_t byte : mac) number = number << 8 | byte;
    return scramble(number ^ now.value << 16);
}

base::Nanoseconds half_way(base::Nanoseconds now, base::Nanoseconds end) {
    if (end <= now) return end;
    const base::Nanoseconds half{(end - now).value / 2};
    return std::min(end, now + std::max(half, shortest_renewal));
}

} // namespace

void DhcpClient::start(base::Nanoseconds now) {
    answer_ = {};
    transaction_ = choose_transaction(mac_, now);
    enter(State::selecting);
    ask(now + retry_delay());
}

void DhcpClient::enter(State state) {
    state_ = state;
    attempts_ = 0;
}

void DhcpClient::ask(base::Nanoseconds next) {
    question_due_ = true;
    deadline_ = next;
    ++attempts_;
}

/// Doubles each time, and differs by up to a second to either side from host to host.
base::Nanoseconds DhcpClient::retry_delay() {
    const base::Nanoseconds delay = first_delay * (1u << std::min(attempts_, doublings));
    return delay + base::milliseconds(scramble(transaction_ + attempts_) % 2000) - base::seconds(1);
}

DhcpClient::Event DhcpClient::receive(const DhcpAnswer& answer, base::Nanoseconds now) {
    const bool is_asked = state_ != State::stopped && state_ != State::bound;
    if (!is_asked || answer.transaction != transaction_) return Event::unasked;
    if (state_ == State::selecting) {
        if (answer.type != DhcpType::offer) return Event::unasked;
        answer_ = answer;
        enter(State::requesting);
        ask(now + retry_delay());
        return Event::none;
    }
    if (answer.type == DhcpType::offer) return Event::unasked;
    if (state_ != State::rebinding && answer.server != answer_.server) return Event::unasked;
    if (answer.type == DhcpType::refuse) return start_again(now);
    begin_lease(answer, now);
    return Event::acquired;
}

void DhcpClient::begin_lease(const DhcpAnswer& answer, base::Nanoseconds now) {
    const base::Nanoseconds length = base::seconds(answer.lease_seconds);
    answer_ = answer;
    enter(State::bound);
    renew_ = now + base::Nanoseconds{length.value / 2};
    rebind_ = now + base::Nanoseconds{length.value / 8 * 7};
    expiry_ = now + length;
    deadline_ = renew_;
}

/// A server that refuses what it has just offered must not be asked as fast as it can answer.
DhcpClient::Event DhcpClient::start_again(base::Nanoseconds now) {
    const Event event = has_lease() ? Event::lost : Event::none;
    start(now);
    question_due_ = false;
    deadline_ = now + after_refusal;
    return event;
}

DhcpClient::Event DhcpClient::tick(base::Nanoseconds now) {
    if (!deadline() || now < deadline_) return Event::none;
    if (state_ == State::rebinding && now >= expiry_) {
        start(now);
        return Event::lost;
    }
    if (state_ == State::requesting && attempts_ >= requests_before_doubt) {
        start(now);
        return Event::none;
    }
    if (state_ == State::bound) enter(State::renewing);
    if (state_ == State::renewing && now >= rebind_) enter(State::rebinding);
    if (state_ == State::renewing)
        ask(half_way(now, rebind_));
    else if (state_ == State::rebinding)
        ask(half_way(now, expiry_));
    else
        ask(now + retry_delay());
    return Event::none;
}

std::optional<DhcpQuestion> DhcpClient::take_question() {
    if (!question_due_) return {};
    question_due_ = false;
    DhcpQuestion question{.transaction = transaction_, .mac = mac_};
    if (state_ == State::selecting) return question;
    question.type = DhcpType::request;
    if (state_ == State::requesting) {
        question.requested = answer_.configuration.address;
        question.server = answer_.server;
    } else {
        question.current = answer_.configuration.address;
        question.to_all = state_ == State::rebinding;
    }
    return question;
}

std::optional<base::Nanoseconds> DhcpClient::deadline() const {
    if (state_ == State::stopped) return {};
    if (state_ == State::bound && answer_.lease_seconds == DhcpAnswer::forever) return {};
    return deadline_;
}

} // namespace net
