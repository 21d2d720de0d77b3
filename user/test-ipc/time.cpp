// Deadlines: in the past, now and far; in races with what they are the end of; and in circles.
#include <algorithm>
#include <atomic>

#include "user/test-ipc/parts.h"
#include "user/test-ipc/talk.h"

namespace test {
namespace {

constexpr Nanoseconds a_while = milliseconds(15);

struct Waits {
    Handle endpoint = make_endpoint();

    Result<void> send(std::uint64_t deadline) const {
        Envelope envelope = until(deadline);
        return call::send(endpoint, envelope, {});
    }

    Result<Message> call(std::uint64_t deadline) const {
        Envelope envelope = until(deadline);
        return call::call(endpoint, envelope, {});
    }

    Result<Message> receive(std::uint64_t deadline) const {
        Envelope envelope = until(deadline);
        return call::receive(endpoint, envelope);
    }

    /// All of them, with nobody on the other side.
    void all_time_out(std::uint64_t deadline, std::string_view what) const {
        must_fail(send(deadline), Error::timed_out, what);
        must_fail(call(deadline), Error::timed_out, what);
        must_fail(receive(deadline), Error::timed_out, what);
    }
};

void past() {
    const Waits waits;
    waits.all_time_out(0, "a deadline before boot");
    waits.all_time_out(now().value - 1, "a deadline that has passed");
    const Companion sender([&] { must(waits.send(never), "send"); });
    sender.wait_until_waiting();
    must(waits.receive(0), "receive what is there, without time to wait");
    const Companion receiver([&] { must(waits.receive(never), "receive"); });
    receiver.wait_until_waiting();
    must(waits.send(0), "send to who is there, without time to wait");
}

void just_now() {
    const Waits waits;
    for (int round = 0; round < 50; ++round) waits.all_time_out(now().value, "a deadline that is now");
}

void soon_and_far() {
    const Waits waits;
    const std::uint64_t deadline = in(a_while);
    must_fail(waits.receive(deadline), Error::timed_out, "receive for a while");
    require(now().value >= deadline, "a wait has ended before its deadline");
    const Companion sender([&] {
        sleep_for(a_while);
        must(waits.send(in(seconds(3600))), "send, with an hour's time");
        must(waits.send(never - 1), "send, with all the time but one nanosecond");
    });
    must(waits.receive(in(seconds(3600))), "receive, with an hour's time");
    must(waits.receive(never - 1), "receive, with all the time but one nanosecond");
}

/// The reply does not come in time: the deadline is for the whole call.
void reply_too_late() {
    const Waits waits;
    Companion caller([&] { must_fail(waits.call(in(a_while)), Error::timed_out, "call who is too slow"); });
    must(waits.receive(never), "receive");
    caller.join();
    must_fail(call::reply({}), Error::gone, "reply too late");
}

// ---- Races -----------------------------------------------------------------------------------------------

/// What two threads do at the same time, round by round.
class Race {
public:
    /// Of the one who leads: whether there is one more round, which then begins.
    bool lead(std::uint64_t round) {
        goes_on_ = round < most_rounds && now() < end_;
        meet();
        return goes_on_;
    }

    bool follow() {
        meet();
        return goes_on_;
    }

    /// Comes back on both sides at about the same time.
    void meet() {
        const std::uint64_t arrived = arrived_.fetch_add(1) + 1;
        const std::uint64_t wanted = (arrived + 1) / 2 * 2;
        for (unsigned polls = 0; arrived_.load() < wanted; ++polls)
            if (polls % 64 == 63) (void)call::yield();
    }

    /// A deadline a little later, in each round another one.
    std::uint64_t deadline(std::uint64_t round) const {
        const std::uint64_t spread = spread_.load();
        return in({spread / 2 + spread * (round % 61) / 61});
    }

    /// So that about as many come off as do not, however fast the machine is.
    void learn(bool has_come_off) {
        const std::uint64_t spread = spread_.load();
        spread_ = std::clamp<std::uint64_t>(has_come_off ? spread - spread / 8 : spread + spread / 8, 2'000,
                                            50'000'000);
    }

private:
    static constexpr std::uint64_t most_rounds = 3000;
    const Nanoseconds end_ = now() + milliseconds(800);
    std::atomic<std::uint64_t> arrived_ = 0, spread_ = 100'000;
    std::atomic<bool> goes_on_ = true;
};

/// Both sides give up at about the same time. Either both have it, or neither.
template <class One, class Other>
void race(One one, Other other) {
    Race race;
    std::atomic<bool> one_has = false;
    if (count_cpus() > 1) must(call::set_affinity(abi::self_process, first_cpu), "stay on the first CPU");
    const Companion companion([&] {
        for (std::uint64_t round = 0; race.follow(); ++round) {
            one_has = one(race, round);
            race.meet();
        }
    });
    if (count_cpus() > 1)
        must(call::set_affinity(companion.handle(), second_cpu), "send one to the second CPU");
    std::uint64_t round = 0, both = 0;
    for (; race.lead(round); ++round) {
        const bool other_has = other(race, round);
        race.meet();
        require(one_has == other_has, "one side says that it was, the other that it was not");
        both += other_has;
        race.learn(other_has);
    }
    print("     {} of {} came off\n", both, round);
    require(both > 0 && both < round, "there was no race");
}

bool came_off(const auto& result) {
    if (!result) must_fail(result, Error::timed_out, "a race with the clock");
    return result.has_value();
}

void race_of_sends() {
    const Waits waits;
    race(
        [&](const Race& race, std::uint64_t round) {
            Envelope envelope = until(race.deadline(round));
            envelope.words = {round};
            return came_off(call::send(waits.endpoint, envelope, {}));
        },
        [&](const Race& race, std::uint64_t round) {
            const auto message = waits.receive(race.deadline(round * 7));
            require(!message || message->words[0] == round, "a message of another round has come");
            return came_off(message);
        });
}

/// The caller gives up while the server answers.
void race_of_replies() {
    const Waits waits;
    race([&](const Race& race, std::uint64_t round) { return came_off(waits.call(race.deadline(round))); },
         [&](const Race& race, std::uint64_t round) {
             if (!came_off(waits.receive(race.deadline(round * 7)))) return false;
             const auto replied = call::reply({});
             if (!replied) must_fail(replied, Error::gone, "reply in a race");
             return replied.has_value();
         });
}

/// With a capability in the message: it has come, whole, or nothing has.
void race_of_transfers() {
    const Waits waits;
    const Handle memory = must(call::create(abi::ObjectType::memory, 4096), "make memory");
    race(
        [&](const Race& race, std::uint64_t round) {
            Envelope envelope = until(race.deadline(round));
            envelope.sent[0] = {.handle = memory, .rights = right::read};
            return came_off(call::send(waits.endpoint, envelope, MessageInformation::of(0, 1)));
        },
        [&](const Race& race, std::uint64_t round) {
            Envelope envelope = accepting(1);
            envelope.deadline = race.deadline(round * 7);
            const bool has = came_off(call::receive(waits.endpoint, envelope));
            require(has == bool(envelope.received[0]),
                    "a message without its capability, or a capability without one");
            if (has) must(call::close(envelope.received[0]), "close what has come");
            return has;
        });
}

/// What is sent is revoked at the same time: it has come and is gone again, or it has not come.
void race_with_revoke() {
    const Waits waits;
    const Handle memory = must(call::create(abi::ObjectType::memory, 4096), "make memory");
    const auto tell = [&](const Race& race, std::uint64_t round) {
        Envelope envelope = until(race.deadline(round));
        const Handle child = with_rights(memory, right::read | right::grant);
        envelope.sent[0] = {.handle = child, .rights = right::read};
        const auto sent = call::send(waits.endpoint, envelope, MessageInformation::of(0, 1));
        if (!sent && sent.error() != Error::timed_out)
            must_fail(sent, Error::bad_handle, "send what is revoked");
        (void)call::close(child);
        return sent.has_value();
    };
    std::atomic<bool> may_end = false;
    const Companion revoker([&] {
        while (!may_end) {
            must(call::revoke(memory), "revoke");
            sleep_for({20'000});
        }
    });
    race(tell, [&](const Race& race, std::uint64_t round) {
        Envelope envelope = accepting(1);
        envelope.deadline = race.deadline(round * 7);
        const bool has = came_off(call::receive(waits.endpoint, envelope));
        require(has == bool(envelope.received[0]),
                "a message without its capability, or a capability without one");
        if (has) (void)call::close(envelope.received[0]);
        return has;
    });
    may_end = true;
}

// ---- Circles ---------------------------------------------------------------------------------------------

/// Each has received the other's call, or waits for it to be received: until the time of one is up, who then
/// lets the other go.
void deadlock() {
    const Waits one, other;
    const std::uint64_t start = now().value;
    const Companion first([&] {
        must(one.receive(never), "receive");
        must_fail(other.call(in(a_while)), Error::timed_out, "call in a circle");
        require(now().value >= start + a_while.value, "a circle has ended before its deadline");
    });
    first.wait_until_waiting();
    const Companion second([&] {
        must_fail(one.call(in(seconds(20))), Error::unanswered, "call in a circle that another one ends");
    });
}

constexpr Case cases[] = {
    {"deadline-past", past},
    {"deadline-now", just_now},
    {"deadline-far", soon_and_far},
    {"reply-too-late", reply_too_late},
    {"race-of-sends", race_of_sends},
    {"race-of-replies", race_of_replies},
    {"race-of-transfers", race_of_transfers},
    {"race-with-revoke", race_with_revoke},
    {"deadlock", deadlock},
};

} // namespace

const Cases time_cases = cases;

} // namespace test
