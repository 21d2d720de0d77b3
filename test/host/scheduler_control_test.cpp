// What is done to threads, in each state they can be in, from their own CPU and from another.
#include <doctest/doctest.h>

#include "kernel/schedule/direct_switch.h"
#include "test/host/fake_threads.h"

using abi::ThreadState;
using base::milliseconds;
using fake::Thread, fake::Threads;

namespace {

void sleep_for_ever() { schedule::wait(nullptr, std::nullopt, 0); }

} // namespace

TEST_CASE("threads: suspending one that runs, is ready, or waits, and letting it go on") {
    schedule::WaitQueue queue;
    Threads test(1);
    Thread &a = test.start(16), &b = test.start(16);
    test.act(0, [&] { schedule::suspend(a); });
    CHECK(a.state == ThreadState::suspended);
    CHECK(Threads::on(0) == &b);
    test.act(0, [&] { schedule::resume(a); });
    CHECK(a.state == ThreadState::ready);
    test.act(0, [&] { schedule::suspend(a); });
    CHECK(a.state == ThreadState::suspended);
    CHECK(Threads::on(0) == &b);
    test.act(0, [&] { schedule::resume(a); });
    test.act(0, [&] { schedule::wait(&queue, std::nullopt, 0); });
    CHECK(Threads::on(0) == &a);
    test.act(0, [&] { schedule::suspend(b); });
    CHECK(b.state == ThreadState::waiting);
    test.act(0, [&] { schedule::wake(b); });
    CHECK(b.state == ThreadState::suspended);
    test.act(0, [&] { schedule::resume(b); });
    CHECK(b.state == ThreadState::ready);
}

TEST_CASE("threads: one that is suspended while it waits and resumed before its time just waits on") {
    Threads test(1);
    Thread& a = test.start(16);
    test.act(0, [&] { schedule::wait(nullptr, test.machine().now() + milliseconds(5), 3); });
    test.act(0, [&] { schedule::suspend(a); });
    test.act(0, [&] { schedule::resume(a); });
    CHECK(a.state == ThreadState::sleeping);
    test.act(0, [&] { schedule::suspend(a); });
    test.machine().pass(milliseconds(5));
    CHECK(a.state == ThreadState::suspended);
    CHECK(a.context.status == 3);
    test.act(0, [&] { schedule::resume(a); });
    CHECK(Threads::on(0) == &a);
}

TEST_CASE("threads: suspending twice is once, and so is resuming") {
    Threads test(1);
    Thread& a = test.start(16);
    for (int i = 0; i < 2; ++i) test.act(0, [&] { schedule::suspend(a); });
    CHECK(a.state == ThreadState::suspended);
    for (int i = 0; i < 2; ++i) test.act(0, [&] { schedule::resume(a); });
    CHECK(Threads::on(0) == &a);
}

TEST_CASE("threads: one suspended and resumed before its CPU has looked goes on there") {
    Threads test(2);
    test.start(16, 0b01);
    Thread& b = test.start(16, 0b10);
    test.machine().act(0, [&] {
        schedule::suspend(b);
        CHECK(b.state == ThreadState::suspended);
        schedule::resume(b);
        CHECK(b.state == ThreadState::running);
    });
    CHECK(test.machine().is_notified(1));
    test.machine().settle();
    CHECK(Threads::on(1) == &b);
    CHECK(b.switches == 1);
}

TEST_CASE("threads: one that runs elsewhere leaves at the notice, and only then has left") {
    Threads test(2);
    test.start(16, 0b01);
    Thread& b = test.start(16, 0b10);
    test.machine().act(0, [&] { schedule::stop(b); });
    CHECK(b.has_ended());
    CHECK(b.left == 0);
    CHECK(schedule::runs(b));
    test.machine().take_notice(1);
    CHECK(b.left == 1);
    CHECK(test.machine().idles(1));
    test.act(0, [&] { schedule::stop(b); });
    CHECK(b.left == 1);
}

TEST_CASE("threads: stopping one that is ready, waits with a deadline, sleeps, is suspended, or runs here") {
    schedule::WaitQueue queue;
    Threads test(1);
    Thread &running = test.start(16), &waiting = test.start(20), &suspended = test.start(10),
           &ready = test.start(10);
    CHECK(Threads::on(0) == &waiting);
    test.act(0, [&] { schedule::wait(&queue, test.machine().now() + milliseconds(5), 0); });
    test.act(0, [&] { schedule::suspend(suspended); });
    for (Thread* const each : {&waiting, &suspended, &ready, &running}) {
        test.act(0, [&] { schedule::stop(*each); });
        CHECK(each->left == 1);
    }
    CHECK(queue.empty());
    CHECK(test.machine().idles(0));
    test.machine().pass(milliseconds(50));
    for (const Thread* const each : {&waiting, &suspended, &ready, &running}) CHECK(each->left == 1);
}

TEST_CASE("threads: what has ended can be woken, suspended and resumed without effect") {
    Threads test(1);
    Thread& a = test.start(16);
    test.act(0, [&] { schedule::stop(a); });
    test.act(0, [&] {
        schedule::wake(a);
        schedule::suspend(a);
        schedule::resume(a);
    });
    CHECK(a.has_ended());
    CHECK(test.machine().idles(0));
}

TEST_CASE("threads: raising a ready one preempts at once, lowering the running one yields at once") {
    Threads test(1);
    Thread &a = test.start(16), &b = test.start(10);
    test.act(0, [&] { schedule::set_priority(b, 20); });
    CHECK(Threads::on(0) == &b);
    test.act(0, [&] { schedule::set_priority(b, 15); });
    CHECK(Threads::on(0) == &a);
    test.act(0, [&] { schedule::set_priority(a, 15); });
    CHECK(Threads::on(0) == &a);
    test.act(0, sleep_for_ever);
    test.act(0, [&] { schedule::set_priority(a, 31); });
    CHECK(Threads::on(0) == &b);
    test.act(0, [&] { schedule::wake(a); });
    CHECK(Threads::on(0) == &a);
}

TEST_CASE("threads: a priority acts on another CPU, too") {
    Threads test(2);
    Thread &here = test.start(20, 0b01), &there = test.start(16, 0b10), &beside = test.start(10, 0b10);
    test.act(0, [&] { schedule::set_priority(beside, 17); });
    CHECK(Threads::on(1) == &beside);
    test.act(0, [&] { schedule::set_priority(beside, 10); });
    CHECK(Threads::on(1) == &there);
    CHECK(Threads::on(0) == &here);
}

TEST_CASE("threads: affinity moves what runs, what is ready and what will wake") {
    Threads test(2);
    Thread& a = test.start(16, 0b01);
    test.act(0, [&] { schedule::set_affinity(a, 0b10); });
    CHECK(Threads::on(1) == &a);
    CHECK(test.machine().idles(0));
    Thread& b = test.start(10, 0b10);
    CHECK(b.state == ThreadState::ready);
    test.act(1, [&] { schedule::set_affinity(b, 0b01); });
    CHECK(Threads::on(0) == &b);
    test.act(0, sleep_for_ever);
    test.act(1, [&] { schedule::set_affinity(b, 0b10); });
    test.act(1, [&] { schedule::wake(b); });
    CHECK(b.state == ThreadState::ready);
    CHECK(b.cpu == 1);
    CHECK(test.machine().idles(0));
}

TEST_CASE("threads: what may run in more places goes where it need not wait") {
    Threads test(2);
    Thread& high = test.start(20, 0b01);
    Thread& low = test.start(5, 0b10);
    Thread& middle = test.start(10, 0b01);
    CHECK(middle.state == ThreadState::ready);
    test.act(0, [&] { schedule::set_affinity(middle, 0b11); });
    CHECK(Threads::on(1) == &middle);
    CHECK(low.state == ThreadState::ready);
    CHECK(Threads::on(0) == &high);
}

TEST_CASE("threads: a ready one that is raised goes where something lower runs") {
    Threads test(2);
    Thread& high = test.start(20, 0b01);
    Thread& low = test.start(10, 0b10);
    Thread& other = test.start(5);
    CHECK(other.state == ThreadState::ready);
    test.act(0, [&] { schedule::set_affinity(other, 0b11); });
    test.act(0, [&] { schedule::set_priority(other, 15); });
    CHECK(Threads::on(1) == &other);
    CHECK(low.state == ThreadState::ready);
    CHECK(Threads::on(0) == &high);
}

TEST_CASE("threads: one that is preempted goes where something lower runs") {
    Threads test(2);
    Thread& middle = test.start(10, 0b11);
    Thread& low = test.start(5, 0b10);
    CHECK(Threads::on(0) == &middle);
    Thread& high = test.start(20, 0b01);
    CHECK(Threads::on(0) == &high);
    CHECK(Threads::on(1) == &middle);
    CHECK(low.state == ThreadState::ready);
}

TEST_CASE("threads: one that becomes ready goes to an idle CPU, else to where the lowest runs") {
    Threads test(3);
    Thread &a = test.start(16), &b = test.start(10), &c = test.start(20);
    for (std::uint32_t cpu = 0; cpu < 3; ++cpu) CHECK_FALSE(test.machine().idles(cpu));
    const std::uint32_t lowest = b.cpu;
    Thread& d = test.start(12);
    CHECK(d.state == ThreadState::running);
    CHECK(d.cpu == lowest);
    CHECK(b.state == ThreadState::ready);
    for (const Thread* const each : {&a, &c}) CHECK(each->state == ThreadState::running);
}

TEST_CASE("threads: a CPU with nothing to do takes from another's queue, what may run there") {
    Threads test(2);
    Thread& a = test.start(16, 0b01);
    Thread& pinned = test.start(16, 0b01);
    Thread& b = test.start(16, 0b10);
    Thread& free = test.start(10);
    CHECK(free.state == ThreadState::ready);
    test.act(1, sleep_for_ever);
    CHECK(Threads::on(1) == &free);
    CHECK(pinned.state == ThreadState::ready);
    test.act(1, [&] { schedule::wake(b); });
    CHECK(Threads::on(1) == &b);
    CHECK(Threads::on(0) == &a);
}

TEST_CASE("threads: a turn goes to one that has equals waiting only if somebody sees its end") {
    Threads test(1);
    Thread& waiting = test.start(16);
    test.act(0, [] { schedule::park(nullptr, std::nullopt, 0); });
    Thread &a = test.start(16), &b = test.start(16);
    const schedule::Cpu& cpu = *schedule::cpus[0];
    CHECK(schedule::would_be_chosen(cpu, waiting)); // In the turn of `a`, which `b` waits for.
    Thread& urgent = test.start(20);
    CHECK(Threads::on(0) == &urgent);
    CHECK_FALSE(schedule::would_be_chosen(cpu, waiting)); // Nobody would ever interrupt it.
    CHECK(schedule::would_be_chosen(cpu, urgent));
    for (Thread* each : {&a, &b}) test.act(0, [&] { schedule::suspend(*each); });
    CHECK(schedule::would_be_chosen(cpu, waiting));
    test.act(0, [&] { schedule::wake(waiting); });
}
