// Timers on several CPUs: each has a queue and a deadline of its own.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "kernel/schedule/timers.h"
#include "test/host/fake_machine.h"
#include "test/host/seed.h"

using base::milliseconds, base::Nanoseconds;
using schedule::Timer;

namespace {

/// A timer that notes when, and where, it expired.
struct Alarm {
    Alarm(fake::Machine& on)
        : machine(on), timer([](void* self) { static_cast<Alarm*>(self)->note(); }, this) {}

    void note() {
        ++count;
        when = machine.now();
        cpu = hal::current_cpu().index;
    }

    void start(std::uint32_t from, Nanoseconds deadline) {
        fake::as_cpu(from, [&] { schedule::start_timer(timer, deadline); });
    }

    void cancel(std::uint32_t from) {
        fake::as_cpu(from, [&] { schedule::cancel_timer(timer); });
    }

    fake::Machine& machine;
    Timer timer;
    unsigned count = 0;
    Nanoseconds when{};
    std::uint32_t cpu = 0;
};

std::optional<Nanoseconds> deadline_of(std::uint32_t cpu) {
    std::optional<Nanoseconds> deadline;
    fake::as_cpu(cpu, [&] { deadline = fake::deadline(); });
    return deadline;
}

} // namespace

TEST_CASE("timers: one expires on the CPU that started it, at its time, once") {
    fake::Machine machine(2);
    Alarm alarm(machine);
    alarm.start(1, milliseconds(5));
    CHECK(deadline_of(1) == milliseconds(5));
    CHECK_FALSE(deadline_of(0));
    machine.pass(milliseconds(5) - Nanoseconds{1});
    CHECK(alarm.count == 0);
    machine.pass(milliseconds(20));
    CHECK(alarm.count == 1);
    CHECK(alarm.when == milliseconds(5));
    CHECK(alarm.cpu == 1);
    CHECK_FALSE(deadline_of(1));
}

TEST_CASE("timers: the hardware's deadline is the earliest timer's, as they come and go") {
    fake::Machine machine(1);
    Alarm early(machine), late(machine), middle(machine);
    late.start(0, milliseconds(30));
    CHECK(deadline_of(0) == milliseconds(30));
    early.start(0, milliseconds(10));
    CHECK(deadline_of(0) == milliseconds(10));
    middle.start(0, milliseconds(20));
    CHECK(deadline_of(0) == milliseconds(10));
    early.cancel(0);
    CHECK(deadline_of(0) == milliseconds(20));
    machine.pass(milliseconds(20));
    CHECK(deadline_of(0) == milliseconds(30));
    late.cancel(0);
    CHECK_FALSE(deadline_of(0));
    CHECK((early.count == 0 && middle.count == 1 && late.count == 0));
}

TEST_CASE("timers: starting one that runs moves it, also from one CPU to another") {
    fake::Machine machine(2);
    Alarm alarm(machine);
    alarm.start(0, milliseconds(10));
    alarm.start(0, milliseconds(20));
    CHECK(deadline_of(0) == milliseconds(20));
    alarm.start(1, milliseconds(15));
    CHECK(deadline_of(1) == milliseconds(15));
    machine.pass(milliseconds(100));
    CHECK(alarm.count == 1);
    CHECK(alarm.when == milliseconds(15));
    CHECK(alarm.cpu == 1);
}

TEST_CASE("timers: one withdrawn from another CPU does not expire; that CPU's deadline comes to nothing") {
    fake::Machine machine(2);
    Alarm alarm(machine), next(machine);
    alarm.start(1, milliseconds(10));
    next.start(1, milliseconds(20));
    alarm.cancel(0);
    machine.pass(milliseconds(10));
    CHECK(alarm.count == 0);
    CHECK(deadline_of(1) == milliseconds(20));
    machine.pass(milliseconds(10));
    CHECK(next.count == 1);
    CHECK_FALSE(deadline_of(1));
    alarm.cancel(0); // Harmless.
}

TEST_CASE("timers: those of one deadline all expire, and one may start itself anew") {
    fake::Machine machine(1);
    Alarm first(machine), second(machine);
    first.start(0, milliseconds(1));
    second.start(0, milliseconds(1));
    static unsigned beats;
    beats = 0;
    static Timer beat(
        [](void* self) {
            if (++beats < 5) schedule::start_timer(*static_cast<Timer*>(self), milliseconds(1 + beats));
        },
        &beat);
    fake::as_cpu(0, [] { schedule::start_timer(beat, milliseconds(1)); });
    machine.pass(milliseconds(1));
    CHECK((first.count == 1 && second.count == 1 && beats == 1));
    machine.pass(milliseconds(10));
    CHECK(beats == 5);
}

TEST_CASE("timers: at random on four CPUs, each expires at its deadline, where it was started, or never") {
    struct Expectation {
        std::optional<Nanoseconds> deadline;
        std::uint32_t cpu = 0;
        unsigned count = 0;
    };

    fake::Machine machine(4);
    std::mt19937_64 random(test::seed(0x71e5));
    std::vector<std::unique_ptr<Alarm>> alarms;
    std::vector<Expectation> expected(20);
    for (unsigned i = 0; i < 20; ++i) alarms.push_back(std::make_unique<Alarm>(machine));
    for (unsigned step = 0; step < 5'000; ++step) {
        const std::size_t which = random() % alarms.size();
        const auto cpu = static_cast<std::uint32_t>(random() % 4);
        if (random() % 4 == 0) {
            alarms[which]->cancel(cpu);
            expected[which].deadline.reset();
        } else {
            const Nanoseconds deadline = machine.now() + Nanoseconds{1 + random() % 5000};
            alarms[which]->start(cpu, deadline);
            expected[which].deadline = deadline;
            expected[which].cpu = cpu;
        }
        machine.pass(Nanoseconds{random() % 500});
        for (std::size_t i = 0; i < alarms.size(); ++i) {
            Expectation& each = expected[i];
            if (each.deadline && *each.deadline <= machine.now()) {
                ++each.count;
                REQUIRE(alarms[i]->when == *each.deadline);
                REQUIRE(alarms[i]->cpu == each.cpu);
                each.deadline.reset();
            }
            REQUIRE(alarms[i]->count == each.count);
        }
    }
    for (const auto& alarm : alarms) alarm->cancel(0);
}
