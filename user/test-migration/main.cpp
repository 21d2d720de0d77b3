// Registers survive migration: a thread leaves a CPU by a system call, is interrupted on another one between
// any two instructions, and comes back to the first.
#include <array>
#include <atomic>
#include <cstdint>

#include "user/lib/check.h"
#include "user/lib/program.h"
#include "user/lib/thread.h"

using namespace trivium;

namespace {

constexpr std::uint64_t here = 1 << 0, there = 1 << 1; // CPUs, as sets.
constexpr int rounds = 200;

/// More values than there are registers, all of which each step needs.
using Values = std::array<std::uint64_t, 20>;

void step(Values& values) {
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] += values[(i + 7) % values.size()] * 3 ^ values[(i + 13) % values.size()];
}

struct Traveller {
    Handle self{};
    std::atomic<int> left = 0;      ///< Rounds in which it has gone there.
    std::atomic<int> returned = -1; ///< Rounds in which it was called back; from 0 on `self` is known.
    bool failed = false;
    bool differed = false;
};

/// Steps until it is called back: neither calls nor stores, so that all is in registers.
Values compute_until(const std::atomic<int>& flag, int wanted, std::uint64_t& steps) {
    Values values{1, 2, 3};
    for (steps = 0; flag.load(std::memory_order_relaxed) != wanted; ++steps) step(values);
    return values;
}

Values compute(std::uint64_t steps) {
    Values values{1, 2, 3};
    for (; steps > 0; --steps) step(values);
    return values;
}

void wait_for(const std::atomic<int>& flag, int wanted) {
    while (flag.load(std::memory_order_acquire) != wanted) (void)call::yield();
}

std::int64_t travel(void* argument) {
    auto& traveller = *static_cast<Traveller*>(argument);
    wait_for(traveller.returned, 0);
    for (int round = 1; round <= rounds; ++round) {
        traveller.failed |= !call::set_affinity(traveller.self, there);
        traveller.left.store(round, std::memory_order_release);
        std::uint64_t steps = 0;
        const Values values = compute_until(traveller.returned, round, steps);
        traveller.differed |= values != compute(steps);
    }
    return 0;
}

} // namespace

int main(Arguments) {
    Checks checks("test-migration");
    if (!call::set_affinity(abi::self_process, there)) {
        checks.check(true, "with one CPU there is nowhere to go");
        return checks.finish();
    }
    Traveller traveller;
    auto thread = Thread::start(travel, &traveller);
    if (!checks.succeeds(thread, "start a traveller")) return checks.finish();
    traveller.self = thread->handle();
    traveller.returned.store(0, std::memory_order_release);
    bool moved = true;
    for (int round = 1; round <= rounds; ++round) {
        wait_for(traveller.left, round);
        moved = call::set_affinity(thread->handle(), here).has_value() && moved;
        traveller.returned.store(round, std::memory_order_release);
    }
    (void)thread->join();
    checks.check(moved && !traveller.failed, "it went there and back");
    checks.check(!traveller.differed, "and had the same in its registers");
    return checks.finish();
}
