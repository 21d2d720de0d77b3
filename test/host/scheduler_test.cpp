// Who runs: priorities, turns, preemption, waiting, time, floating point.
#include <doctest/doctest.h>

#include <vector>

#include "hal/timer.h"
#include "test/host/fake_threads.h"

using abi::ThreadState;
using base::milliseconds, base::Nanoseconds;
using fake::Machine, fake::Thread, fake::Threads;

namespace {

/// Which of the threads run on CPU 0, slice after slice.
std::vector<const schedule::Thread*> turns(Threads& test, unsigned count) {
    std::vector<const schedule::Thread*> who;
    for (unsigned i = 0; i < count; ++i) {
        who.push_back(Threads::on(0));
        test.machine().pass(Machine::slice);
    }
    return who;
}

bool has_deadline(std::uint32_t cpu) {
    bool has = false;
    fake::as_cpu(cpu, [&] { has = fake::deadline().has_value(); });
    return has;
}

} // namespace

TEST_CASE("scheduler: the highest priority runs, and what is lower waits for it") {
    Threads test(1);
    Thread &low = test.start(3), &middle = test.start(16), &high = test.start(31);
    CHECK(Threads::on(0) == &high);
    test.machine().pass(base::seconds(1));
    CHECK(Threads::on(0) == &high);
    test.act(0, [] { schedule::wait(nullptr, std::nullopt, 0); });
    CHECK(Threads::on(0) == &middle);
    test.act(0, [] { schedule::wait(nullptr, std::nullopt, 0); });
    CHECK(Threads::on(0) == &low);
    test.act(0, [&] { schedule::wake(middle); });
    CHECK(Threads::on(0) == &middle);
    CHECK(schedule::run_time(low) == Nanoseconds{});
}

TEST_CASE("scheduler: each of the 32 priorities is above the one below") {
    Threads test(1);
    std::vector<Thread*> threads;
    for (unsigned priority = 0; priority < 32; ++priority)
        threads.push_back(&test.start(static_cast<std::uint8_t>(priority)));
    for (unsigned priority = 32; priority-- > 0;) {
        CHECK(Threads::on(0) == threads[priority]);
        test.act(0, [&] { schedule::stop(*threads[priority]); });
    }
    CHECK(test.machine().idles(0));
}

TEST_CASE("scheduler: equals take turns of a slice, in the order in which they came, and a switch each") {
    Threads test(1);
    Thread &a = test.start(16), &b = test.start(16), &c = test.start(16);
    CHECK(turns(test, 9) == std::vector<const schedule::Thread*>{&a, &b, &c, &a, &b, &c, &a, &b, &c});
    for (const Thread* const each : {&a, &b, &c}) CHECK(schedule::run_time(*each) == Machine::slice * 3);
    CHECK(a.switches == 4);
    CHECK(b.switches == 3);
    CHECK(c.switches == 3);
}

TEST_CASE(
    "scheduler: who is alone, and who has only lower ones beside him, is not interrupted; nor an idle CPU") {
    Threads test(1);
    CHECK_FALSE(has_deadline(0));
    Thread& alone = test.start(16);
    CHECK_FALSE(has_deadline(0));
    test.start(15);
    CHECK_FALSE(has_deadline(0));
    Thread& equal = test.start(16);
    CHECK(has_deadline(0));
    test.act(0, [&] { schedule::stop(equal); });
    test.machine().pass(Machine::slice); // The deadline that is still set comes to nothing.
    CHECK_FALSE(has_deadline(0));
    test.act(0, [&] { schedule::stop(alone); });
    CHECK_FALSE(has_deadline(0));
}

TEST_CASE("scheduler: who is preempted goes on before his equals, with what is left of his slice") {
    Threads test(1);
    Thread &a = test.start(16), &b = test.start(16);
    test.machine().pass(milliseconds(4));
    Thread& high = test.start(20);
    CHECK(Threads::on(0) == &high);
    test.machine().pass(milliseconds(30));
    test.act(0, [&] { schedule::stop(high); });
    CHECK(Threads::on(0) == &a);
    test.machine().pass(milliseconds(6) - Nanoseconds{1});
    CHECK(Threads::on(0) == &a);
    test.machine().pass(Nanoseconds{1});
    CHECK(Threads::on(0) == &b);
    CHECK(schedule::run_time(a) == milliseconds(10));
    CHECK(schedule::run_time(high) == milliseconds(30));
}

TEST_CASE("scheduler: a turn given up goes to the next, who has a whole slice; the giver has one next time") {
    Threads test(1);
    Thread &a = test.start(16), &b = test.start(16);
    test.start(10);
    test.machine().pass(milliseconds(9));
    test.act(0, schedule::yield);
    CHECK(Threads::on(0) == &b);
    test.machine().pass(milliseconds(9));
    CHECK(Threads::on(0) == &b);
    test.act(0, schedule::yield);
    CHECK(Threads::on(0) == &a);
    test.machine().pass(milliseconds(9));
    CHECK(Threads::on(0) == &a);
    test.machine().pass(milliseconds(1));
    CHECK(Threads::on(0) == &b);
}

TEST_CASE("scheduler: to yield alone changes nothing") {
    Threads test(1);
    Thread& a = test.start(16);
    test.start(10);
    test.act(0, schedule::yield);
    CHECK(Threads::on(0) == &a);
    CHECK(a.switches == 1);
}

TEST_CASE("scheduler: whoever wakes preempts what is lower, and not his equal") {
    Threads test(1);
    Thread& sleeper = test.start(16);
    test.act(0, [&] { schedule::wait(nullptr, test.machine().now() + milliseconds(5), 0); });
    Thread& low = test.start(10);
    CHECK(Threads::on(0) == &low);
    test.machine().pass(milliseconds(5));
    CHECK(Threads::on(0) == &sleeper);
    test.act(0, [&] { schedule::wait(nullptr, test.machine().now() + milliseconds(5), 0); });
    Thread& equal = test.start(16);
    test.machine().pass(milliseconds(5));
    CHECK(Threads::on(0) == &equal);
    CHECK(sleeper.state == ThreadState::ready);
}

TEST_CASE("scheduler: a wait ends by its deadline with its status, or before with what the waker says") {
    schedule::WaitQueue queue;
    Threads test(1);
    Thread& thread = test.start(16);
    const auto begin = [&] {
        thread.context.status = 1;
        test.act(0, [&] { schedule::wait(&queue, test.machine().now() + milliseconds(5), 12); });
    };
    begin();
    CHECK(thread.state == ThreadState::waiting);
    CHECK(queue.front() == &thread);
    test.machine().pass(milliseconds(5) - Nanoseconds{1});
    CHECK(thread.state == ThreadState::waiting);
    test.machine().pass(Nanoseconds{1});
    CHECK(thread.state == ThreadState::running);
    CHECK(thread.context.status == 12);
    CHECK(queue.empty());
    begin();
    test.act(0, [&] { schedule::wake(thread); });
    CHECK(thread.context.status == 1);
    CHECK_FALSE(has_deadline(0));
    test.machine().pass(milliseconds(50));
    CHECK(thread.context.status == 1);
}

TEST_CASE("scheduler: a deadline that has passed ends the wait at once; one without a deadline waits on") {
    Threads test(1);
    test.machine().pass(milliseconds(100));
    Thread& thread = test.start(16);
    test.act(0, [] { schedule::wait(nullptr, milliseconds(1), 7); });
    CHECK(thread.state == ThreadState::running);
    CHECK(thread.context.status == 7);
    test.act(0, [] { schedule::wait(nullptr, std::nullopt, 0); });
    test.machine().pass(base::seconds(1000));
    CHECK(thread.state == ThreadState::sleeping);
}

TEST_CASE("scheduler: floating point is saved when its thread leaves, and is nobody else's") {
    Threads test(2);
    Thread& a = test.start(16, 0b01);
    const auto unit = [](std::uint32_t cpu) -> platform::FpuUnit& {
        platform::FpuUnit* found = nullptr;
        fake::as_cpu(cpu, [&] { found = &platform::Fpu::unit(); });
        return *found;
    };
    CHECK_FALSE(unit(0).enabled);
    test.act(0, [] { CHECK(schedule::open_fpu()); });
    CHECK(unit(0).registers == 0);
    unit(0).registers = 77;
    Thread& high = test.start(20, 0b01);
    CHECK(Threads::on(0) == &high);
    CHECK_FALSE(unit(0).enabled);
    CHECK(a.fpu->value == 77);
    CHECK(high.fpu == nullptr);
    unit(1).registers = 99;
    test.act(0, [&] { schedule::set_affinity(a, 0b10); });
    CHECK(Threads::on(1) == &a);
    CHECK_FALSE(unit(1).enabled);
    test.act(1, [] { CHECK(schedule::open_fpu()); });
    CHECK(unit(1).registers == 77);
    test.act(1, schedule::yield); // Nobody else: it goes on, registers in the CPU.
    CHECK(unit(1).enabled);
}

TEST_CASE("scheduler: while users are paused no thread runs on any CPU, and all go on afterwards") {
    Threads test(2);
    Thread &a = test.start(16), &b = test.start(16);
    test.act(0, [] { schedule::pause_users(true); });
    for (std::uint32_t cpu : {0u, 1u}) CHECK(test.machine().idles(cpu));
    for (const Thread* const each : {&a, &b}) CHECK(each->state == ThreadState::ready);
    Thread& later = test.start(31);
    CHECK(later.state == ThreadState::ready);
    test.act(0, [] { schedule::pause_users(false); });
    CHECK((Threads::on(0) == &later || Threads::on(1) == &later));
    CHECK_FALSE(test.machine().idles(0));
    CHECK_FALSE(test.machine().idles(1));
}

TEST_CASE("scheduler: an interlude runs once, on the boot CPU without a thread, from whichever it is asked") {
    static unsigned count;
    count = 0;
    Threads test(2);
    Thread& a = test.start(16, 0b01);
    Thread& b = test.start(16, 0b10);
    for (std::uint32_t cpu : {0u, 1u})
        test.act(cpu, [] {
            schedule::request_interlude([] {
                ++count;
                CHECK(hal::current_cpu().index == 0);
                CHECK(schedule::current() == nullptr);
            });
        });
    CHECK(count == 2);
    CHECK(Threads::on(0) == &a);
    CHECK(Threads::on(1) == &b);
    CHECK(b.switches == 1);
}

TEST_CASE("scheduler: time is counted to threads and to idling, and to nothing twice") {
    Threads test(2);
    test.machine().pass(milliseconds(3));
    Thread &a = test.start(16, 0b01), &b = test.start(16, 0b01);
    test.machine().pass(milliseconds(25));
    CHECK(schedule::run_time(a) + schedule::run_time(b) == milliseconds(25));
    CHECK(schedule::run_time(a) == milliseconds(15));
    CHECK(schedule::times_of(0).idle == milliseconds(3));
    CHECK(schedule::times_of(0).busy == milliseconds(25));
    CHECK(schedule::times_of(1).idle == milliseconds(28));
    for (Thread* const each : {&a, &b}) test.act(0, [&] { schedule::stop(*each); });
    test.machine().pass(milliseconds(2));
    CHECK(schedule::times_of(0).idle == milliseconds(5));
    CHECK(schedule::times_of(0).busy == milliseconds(25));
}
