// Signals: who takes them, in which order, and what comes from a timer.
#include <atomic>

#include "user/test-ipc/parts.h"
#include "user/test-ipc/talk.h"

namespace test {
namespace {

constexpr Nanoseconds a_while = milliseconds(10);
constexpr MessageInformation told{MessageInformation::notification};

void signal_and_wait() {
    const Handle notification = make_notification();
    must(call::signal(notification), "signal");
    require(must(call::take_signals(notification), "wait when there is a signal") == 1,
            "without a badge it is not bit 0");
    const Companion waiter([=] {
        require(must(call::take_signals(notification), "wait") == 0x8000'0000'0000'0100,
                "the bits are not the badge");
    });
    waiter.wait_until_waiting();
    must(call::signal(with_badge(notification, 0x8000'0000'0000'0100)), "signal with a badge");
}

void signals_are_one() {
    const Handle notification = make_notification();
    for (const std::uint64_t badge : {2, 4, 2, 8})
        must(call::signal(with_badge(notification, badge)), "signal");
    require(must(call::take_signals(notification), "wait") == 14, "not all bits have come at once");
    must_fail(call::take_signals(notification, 0), Error::timed_out, "wait when they are taken");
}

void poll() {
    const Handle notification = make_notification();
    must_fail(call::take_signals(notification, 0), Error::timed_out, "poll when there is nothing");
    must_fail(call::take_signals(notification, in(a_while)), Error::timed_out, "wait for nothing");
    must(call::signal(notification), "signal");
    require(must(call::take_signals(notification, 0), "poll") == 1, "a poll takes other bits");
}

void notification_rights() {
    const Handle notification = make_notification();
    const Handle none = with_rights(notification, right::grant),
                 write = with_rights(notification, right::write);
    must(call::signal(write), "signal with the right to write");
    must_fail(call::signal(with_rights(notification, right::read)), Error::not_permitted, "signal without");
    must(call::take_signals(with_rights(notification, right::read), 0), "wait with the right to read");
    must_fail(call::take_signals(write, 0), Error::not_permitted, "wait without");
    must_fail(call::set_timer(none, 0), Error::not_permitted, "set a timer without the right to manage");
    must_fail(call::bind(none, {}), Error::not_permitted, "bind without the right to manage");
    must_fail(call::signal(make_endpoint()), Error::wrong_type, "signal an endpoint");
}

void timer() {
    const Handle notification = make_notification();
    const std::uint64_t deadline = in(a_while);
    must(call::set_timer(with_badge(notification, 6), deadline), "set a timer");
    require(must(call::take_signals(notification), "wait for it") == 6,
            "a timer sets other bits than the badge");
    require(now().value >= deadline, "a timer is early");
    must_fail(call::take_signals(notification, in(a_while)), Error::timed_out, "a timer rings twice");
    must(call::set_timer(notification, in(a_while)), "set a timer");
    must(call::set_timer(notification, in(seconds(3600))), "replace it");
    must_fail(call::take_signals(notification, in(a_while + a_while)), Error::timed_out,
              "a timer that was replaced rings");
    must(call::set_timer(notification, 0), "set a timer to what has passed");
    must(call::take_signals(notification), "wait for it");
    must(call::set_timer(notification, in(a_while)), "set a timer");
    must(call::set_timer(notification, never), "withdraw it");
    must_fail(call::take_signals(notification, in(a_while + a_while)), Error::timed_out,
              "a timer that was withdrawn rings");
}

/// Whoever is more urgent takes the bits; the bound thread comes last.
void who_takes_it() {
    must(call::set_affinity(abi::self_process, first_cpu), "stay on one CPU");
    const Handle endpoint = make_endpoint(), notification = make_notification();
    std::atomic<std::uint64_t> low_has = 0, high_has = 0, bound_has = 0;
    const Companion bound(
        [&] {
            must(call::bind(notification, {}), "bind it to oneself");
            bound_has = must(call::receive(endpoint), "receive a signal").badge;
        },
        14);
    bound.wait_until_waiting();
    const Companion low([&] { low_has = must(call::take_signals(notification), "wait"); }, 6);
    low.wait_until_waiting();
    const Companion high([&] { high_has = must(call::take_signals(notification), "wait"); }, 12);
    high.wait_until_waiting();
    must(call::signal(with_badge(notification, 1)), "signal");
    wait_until([&] { return high_has == 1; });
    must(call::signal(with_badge(notification, 2)), "signal");
    wait_until([&] { return low_has == 2; });
    must(call::signal(with_badge(notification, 4)), "signal");
    wait_until([&] { return bound_has == 4; });
}

/// Both are there: the signal comes first. One comes while the thread waits: it comes as it came.
void order_with_messages() {
    const Handle endpoint = make_endpoint(), notification = make_notification();
    must(call::bind(notification, {}), "bind it to oneself");
    const Companion one([=] { must(call::send(endpoint, some_words), "send"); });
    one.wait_until_waiting();
    must(call::signal(with_badge(notification, 10)), "signal");
    Message message = must(call::receive(endpoint), "receive");
    require(message.information.bits == told.bits && message.badge == 10, "the signal does not come first");
    message = must(call::receive(endpoint), "receive");
    require(message.words == some_words && !message.information.has(told.bits),
            "the message does not come then");
    must_fail(call::receive(endpoint, immediate), Error::would_block, "receive when both have come");
    must(call::signal(notification), "signal");
    require(must(call::receive(endpoint, immediate), "receive").badge == 1,
            "a signal without a message does not come");
}

void order_while_waiting() {
    const Handle endpoint = make_endpoint(), notification = make_notification();
    const Companion receiver([=] {
        must(call::bind(notification, {}), "bind it to oneself");
        require(must(call::receive(endpoint), "receive").words == some_words,
                "what was sent first does not come first");
        require(must(call::receive(endpoint), "receive").badge == 3,
                "what was signalled then does not come then");
        require(must(call::receive(endpoint), "receive").badge == 5, "a signal does not wake who receives");
    });
    receiver.wait_until_waiting();
    must(call::send(endpoint, some_words), "send");
    must(call::signal(with_badge(notification, 3)), "signal");
    wait_until([&] { return receiver.state() == abi::ThreadState::waiting; });
    must(call::signal(with_badge(notification, 5)), "signal");
}

void binding() {
    const Handle first = make_notification(), second = make_notification(), endpoint = make_endpoint();
    must(call::bind(first, {}), "bind");
    must(call::bind(first, {}), "bind once more");
    must_fail(call::bind(second, {}), Error::occupied, "bind another one to the same thread");
    {
        Companion other([=] { (void)call::receive(endpoint); });
        other.wait_until_waiting();
        must_fail(call::bind(first, other.handle()), Error::occupied, "bind it to another thread");
        must(call::bind(second, other.handle()), "bind the other one to that");
        other.kill();
        other.join();
    }
    must(call::close(first), "close what is bound");
    must(call::bind(second, {}), "bind what was bound to a dead thread");
    must(call::signal(second), "signal it");
    require(must(call::receive(endpoint), "receive").badge == 1, "it does not come");
}

void closed() {
    const Handle notification = make_notification();
    const Companion waiter(
        [=] { must_fail(call::take_signals(notification), Error::gone, "wait until it is closed"); });
    waiter.wait_until_waiting();
    must(call::set_timer(notification, in(a_while)), "set a timer");
    must(call::close(notification), "close it");
    sleep_for(a_while + a_while);
}

void destroyed() {
    const Handle notification = make_notification();
    const Handle other = with_rights(notification, right::read);
    const Companion waiter(
        [=] { must_fail(call::take_signals(other), Error::gone, "wait until it is destroyed"); });
    waiter.wait_until_waiting();
    must(call::destroy(notification), "destroy a notification");
}

/// None is lost, whichever CPU it comes from: each bit is taken as often as it was set alone.
void signals_from_elsewhere() {
    const Handle forth = make_notification(), back = make_notification();
    constexpr int rounds = 300;
    const Companion other([=] {
        for (int round = 0; round < rounds; ++round) {
            must(call::take_signals(forth), "wait");
            must(call::signal(back), "signal back");
        }
    });
    if (count_cpus() > 1) must(call::set_affinity(other.handle(), second_cpu), "send one to the second CPU");
    for (int round = 0; round < rounds; ++round) {
        must(call::signal(forth), "signal");
        must(call::take_signals(back), "wait for the answer");
    }
}

constexpr Case cases[] = {
    {"signal-and-wait", signal_and_wait},
    {"signals-are-one", signals_are_one},
    {"poll", poll},
    {"notification-rights", notification_rights},
    {"timer", timer},
    {"who-takes-a-signal", who_takes_it},
    {"signal-before-message", order_with_messages},
    {"signal-while-receiving", order_while_waiting},
    {"binding", binding},
    {"notification-closed", closed},
    {"notification-destroyed", destroyed},
    {"signals-across-cpus", signals_from_elsewhere},
};

} // namespace

const Cases notification_cases = cases;

} // namespace test
