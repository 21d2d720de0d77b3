// Deadlines: in the past, now and far; in races with what they are the end of; and in circles.
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

/// What two threads do at the same time, round by round, and whether it came off on their side.
class Race {
public:
    static constexpr std::uint64_t rounds = 3000;

    /// Comes back on both sides, at about the same time.
    void start(std::uint64_t round) {
        arrived_.fetch_add(1);
        for (unsigned polls = 0; arrived_.load() < 2 * (round + 1); ++polls)
            if (polls % 64 == 63) (void)call::yield();
    }

    void end(std::uint64_t round) { start(round); }

    /// A deadline a little later: each round at another time, so that some are met and others not.
    static std::uint64_t deadline(std::uint64_t round) { return in({round % 61 * 2000}); }

private:
    std::atomic<std::uint64_t> arrived_ = 0;
};

/// Both sides give up at about the same time. Either both have it, or neither.
template <class One, class Other>
void race(One one, Other other) {
    Race race;
    std::atomic<bool> one_has = false;
    std::uint64_t both = 0;
    if (count_cpus() > 1) must(call::set_affinity(abi::self_process, first_cpu), "stay on the first CPU");
    const Companion companion([&] {
        for (std::uint64_t round = 0; round < Race::rounds; ++round) {
            race.start(2 * round);
            one_has = one(round);
            race.end(2 * round + 1);
        }
    });
    if (count_cpus() > 1) must(call::set_affinity(companion.handle(), second_cpu), "send one to the second CPU");
    for (std::uint64_t round = 0; round < Race::rounds; ++round) {
        race.start(2 * round);
        const bool other_has = other(round);
        race.end(2 * round + 1);
        require(one_has == other_has, "one side says that it was, the other that it was not");
        both += other_has;
    }
    print("     {} of {} came off\n", both, Race::rounds);
}

bool came_off(const auto& result) {
    if (!result) must_fail(result, Error::timed_out, "a race with the clock");
    return result.has_value();
}

void race_of_sends() {
    const Waits waits;
    race(
        [&](std::uint64_t round) {
            Envelope envelope = until(Race::deadline(round));
            envelope.words = {round};
            return came_off(call::send(waits.endpoint, envelope, {}));
        },
        [&](std::uint64_t round) {
            const auto message = waits.receive(Race::deadline(round * 7));
            require(!message || message->words[0] == round, "a message of another round has come");
            return came_off(message);
        });
}

/// The caller gives up while the server answers.
void race_of_replies() {
    const Waits waits;
    race([&](std::uint64_t round) { return came_off(waits.call(Race::deadline(round))); },
         [&](std::uint64_t round) {
             if (!came_off(waits.receive(Race::deadline(round * 7)))) return false;
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
        [&](std::uint64_t round) {
            Envelope envelope = until(Race::deadline(round));
            envelope.sent[0] = {.handle = memory, .rights = right::read};
            return came_off(call::send(waits.endpoint, envelope, MessageInformation::of(0, 1)));
        },
        [&](std::uint64_t round) {
            Envelope envelope = accepting(1);
            envelope.deadline = Race::deadline(round * 7);
            const bool has = came_off(call::receive(waits.endpoint, envelope));
            require(has == bool(envelope.received[0]), "a message without its capability, or a capability without one");
            if (has) must(call::close(envelope.received[0]), "close what has come");
            return has;
        });
}

/// What is sent is revoked at the same time: it has come and is gone again, or it has not come.
void race_with_revoke() {
    const Waits waits;
    const Handle memory = must(call::create(abi::ObjectType::memory, 4096), "make memory");
    const auto tell = [&](std::uint64_t round) {
        Envelope envelope = until(Race::deadline(round));
        const Handle child = with_rights(memory, right::read | right::grant);
        envelope.sent[0] = {.handle = child, .rights = right::read};
        const auto sent = call::send(waits.endpoint, envelope, MessageInformation::of(0, 1));
        if (!sent && sent.error() != Error::timed_out) must_fail(sent, Error::bad_handle, "send what is revoked");
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
    race(tell, [&](std::uint64_t round) {
        Envelope envelope = accepting(1);
        envelope.deadline = Race::deadline(round * 7);
        const bool has = came_off(call::receive(waits.endpoint, envelope));
        require(has == bool(envelope.received[0]), "a message without its capability, or a capability without one");
        if (has) (void)call::close(envelope.received[0]);
        return has;
    });
    may_end = true;
}

// ---- Circles ---------------------------------------------------------------------------------------------

/// Everybody has received the call of the one before, and calls the next: until the first one's time is up.
void deadlock() {
    const Waits one, other;
    const std::uint64_t deadline = in(a_while);
    Companion first([&] {
        must(one.receive(never), "receive");
        must_fail(other.call(deadline), Error::timed_out, "call in a circle");
    });
    Companion second([&] {
        must_fail(one.call(deadline), Error::timed_out, "call in a circle");
        require(now().value >= deadline, "a circle has ended before its deadline");
    });
    first.join();
    second.join();
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
