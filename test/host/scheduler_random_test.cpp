// The scheduler under random load on several CPUs, its invariants looked at after each step.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "test/host/fake_threads.h"
#include "test/host/seed.h"

using abi::ThreadState;
using base::Nanoseconds;
using fake::Thread, fake::Threads;

namespace {

constexpr std::size_t most_threads = 12;

class Storm {
public:
    Storm(std::uint32_t cpus, std::uint64_t seed) : test_(cpus), cpus_(cpus), random_(seed) {}

    void step() {
        const auto cpu = static_cast<std::uint32_t>(below(cpus_));
        change(cpu);
        fake::check_scheduler(test_);
        if (below(4) == 0) return; // Notices may be late.
        test_.machine().settle();
        fake::check_scheduler(test_);
        fake::check_placement(test_);
    }

private:
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    Thread& any() { return *alive_[below(alive_.size())]; }

    std::uint8_t priority() { return static_cast<std::uint8_t>(below(4) * 8); }

    std::uint32_t affinity() {
        return below(2) ? ~std::uint32_t{0} : 1 + static_cast<std::uint32_t>(below((1u << cpus_) - 1));
    }

    void in_kernel(std::uint32_t cpu, const std::function<void()>& what) { test_.machine().act(cpu, what); }

    void change(std::uint32_t cpu) {
        if (alive_.size() < 2 || (alive_.size() < most_threads && below(8) == 0))
            return void(alive_.push_back(&test_.start(priority(), affinity(), cpu)));
        switch (below(9)) {
        case 0: return stop(cpu);
        case 1: return in_kernel(cpu, [&] { schedule::suspend(any()); });
        case 2: return in_kernel(cpu, [&] { schedule::resume(any()); });
        case 3: return in_kernel(cpu, [&] { schedule::set_priority(any(), priority()); });
        case 4: return in_kernel(cpu, [&] { schedule::set_affinity(any(), affinity()); });
        case 5: return in_kernel(cpu, [&] { schedule::wake(any()); });
        case 6: return test_.machine().pass(Nanoseconds{below(15'000'000)});
        case 7:
            return in_kernel(cpu, [] {
                if (may_go_on()) schedule::yield();
            });
        default: return wait(cpu);
        }
    }

    /// Only a thread that may go on makes calls: enter() sees to that.
    static bool may_go_on() {
        return schedule::current() && schedule::current()->state == ThreadState::running;
    }

    void wait(std::uint32_t cpu) {
        in_kernel(cpu, [&] {
            if (!may_go_on()) return;
            const Nanoseconds deadline = test_.machine().now() + Nanoseconds{below(30'000'000)};
            schedule::wait(below(2) ? &queue_ : nullptr, below(2) ? std::optional(deadline) : std::nullopt,
                           0);
        });
    }

    void stop(std::uint32_t cpu) {
        Thread& thread = any();
        in_kernel(cpu, [&] { schedule::stop(thread); });
        std::erase(alive_, &thread);
    }

    schedule::WaitQueue queue_; // Outlives the threads in it.
    Threads test_;
    std::uint32_t cpus_;
    std::mt19937_64 random_;
    std::vector<Thread*> alive_;
};

} // namespace

TEST_CASE("scheduler: under random load nobody is lost, doubled, or kept waiting by what is lower") {
    for (const std::uint32_t cpus : {1, 2, 4}) {
        CAPTURE(cpus);
        Storm storm(cpus, test::seed(0x5c4ed + cpus));
        for (unsigned i = 0; i < 8'000; ++i) storm.step();
    }
}
