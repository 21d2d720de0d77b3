// Starts and stops the threads of a test, and looks at the scheduler from outside.
#include "test/host/fake_threads.h"

#include <doctest/doctest.h>

namespace fake {
namespace {

void note_left(schedule::Thread& thread) {
    CHECK(thread.has_ended());
    CHECK_FALSE(schedule::runs(thread));
    CHECK_FALSE(thread.is_linked());
    CHECK_FALSE(thread.timeout.is_queued());
    ++static_cast<Thread&>(thread).left;
}

/// Whether a thread is in a queue, and in the right one, exactly if its state says so. It has links for one.
void check_links(const schedule::Thread& thread) {
    switch (thread.state) {
    case abi::ThreadState::ready:
        REQUIRE(thread.is_linked());
        REQUIRE(schedule::cpu_of(thread).ready.has(thread.priority));
        break;
    case abi::ThreadState::waiting: break; // In the queue of what it waits for.
    default: REQUIRE_FALSE(thread.is_linked());
    }
}

} // namespace

Thread::Thread(memory::AddressSpace& space, std::uint8_t priority)
    : schedule::Thread(hal::UserContext::create({0x40'0000}, {0x80'0000}, 0), space, priority, note_left) {}

Threads::Threads(std::uint32_t cpus) : space_(4096, cpus) {}

Threads::~Threads() {
    for (Thread* const thread : started_) act(0, [&] { schedule::stop(*thread); });
    for (const Thread* const thread : started_) CHECK(thread->left == 1);
    for (std::uint32_t cpu = 0; cpu < machine().cpu_count(); ++cpu) CHECK(machine().idles(cpu));
    for (const auto& thread : threads_) delete thread->fpu;
}

Thread& Threads::add(std::uint8_t priority, std::uint32_t affinity) {
    Thread& thread = *threads_.emplace_back(new Thread(space_.space, priority));
    thread.affinity = affinity;
    return thread;
}

Thread& Threads::start(std::uint8_t priority, std::uint32_t affinity, std::uint32_t cpu) {
    Thread& thread = add(priority, affinity);
    started_.push_back(&thread);
    act(cpu, [&] { schedule::start(thread); });
    return thread;
}

void Threads::act(std::uint32_t cpu, const std::function<void()>& what) {
    machine().act(cpu, what);
    machine().settle();
}

void check_scheduler(Threads& threads) {
    for (const auto& each : threads.all()) {
        const schedule::Thread& thread = *each;
        const bool runs = schedule::runs(thread);
        if (thread.has_ended() && !runs && each->left == 1) continue;
        check_links(thread);
        if (thread.state == abi::ThreadState::running) REQUIRE(runs);
        if (runs) REQUIRE_FALSE(thread.is_linked());
        REQUIRE(each->left == 0);
        REQUIRE((!thread.has_ended() || runs));
    }
    for (const auto& cpu : schedule::cpus) {
        if (!cpu) continue;
        if (cpu->current) REQUIRE(cpu->current->cpu == cpu->index);
        const schedule::Thread* const first = cpu->ready.first();
        if (first) REQUIRE((first->state == abi::ThreadState::ready && first->cpu == cpu->index));
    }
}

void check_placement(Threads& threads) {
    for (const auto& each : threads.all()) {
        const schedule::Thread& thread = *each;
        if (thread.state == abi::ThreadState::running) REQUIRE(thread.may_run_on(thread.cpu));
        if (thread.suspended) REQUIRE(thread.state != abi::ThreadState::running);
        if (thread.state != abi::ThreadState::ready) continue;
        REQUIRE_FALSE(thread.suspended);
        for (std::uint32_t cpu = 0; cpu < threads.machine().cpu_count(); ++cpu) {
            if (!thread.may_run_on(cpu)) continue;
            REQUIRE(Threads::on(cpu) != nullptr);
            REQUIRE(Threads::on(cpu)->priority >= thread.priority);
        }
    }
}

} // namespace fake
