// Priorities: the higher one runs, equals share, and a change acts at once. All on one CPU.
#include <atomic>

#include "user/lib/check.h"
#include "user/lib/program.h"
#include "user/lib/thread.h"
#include "user/lib/time.h"

using namespace trivium;

namespace {

constexpr std::uint64_t first_cpu = 1;
constexpr std::uint8_t low = 4, middle = 8, high = 12; // This program's first thread stays above them.
constexpr Nanoseconds measured = milliseconds(400);

/// A thread that counts as fast as it can, until it is told to stop.
struct Spinner {
    std::atomic<std::uint64_t> count = 0;
    std::atomic<bool> stopped = false;
    Thread thread;

    static std::int64_t run(void* self) {
        auto& spinner = *static_cast<Spinner*>(self);
        while (!spinner.stopped) spinner.count.store(spinner.count.load() + 1);
        return 0;
    }

    Result<void> start(std::uint8_t priority) {
        auto started = Thread::start(run, this, priority);
        if (!started) return std::unexpected(started.error());
        thread = std::move(*started);
        return {};
    }

    /// How far it gets while this thread sleeps.
    void stop() {
        stopped = true;
        (void)thread.join();
    }
};

/// What two spinners count in the same time.
struct Shares {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
};

Shares measure(Spinner& first, Spinner& second) {
    const Shares before{first.count, second.count};
    sleep_for(measured);
    return {first.count - before.first, second.count - before.second};
}

void test_equal(Checks& checks) {
    Spinner one, other;
    if (!checks.check(one.start(middle) && other.start(middle), "start two at equal priority")) return;
    const auto [first, second] = measure(one, other);
    const std::uint64_t percent = first * 100 / (first + second + 1);
    print("     the first has {} % of {}\n", percent, first + second);
    checks.check(percent >= 40 && percent <= 60, "equals share the CPU");
    one.stop();
    other.stop();
}

void test_unequal(Checks& checks) {
    Spinner upper, lower;
    if (!checks.check(upper.start(high) && lower.start(low), "start two at unequal priority")) return;
    Shares shares = measure(upper, lower);
    checks.check(shares.first > 0 && shares.second == 0, "the lower one has nothing");
    checks.succeeds(call::set_priority(lower.thread.handle(), high + 1), "raise it above the other");
    shares = measure(upper, lower);
    checks.check(shares.first == 0 && shares.second > 0, "now the other one has nothing");
    checks.succeeds(call::set_priority(lower.thread.handle(), low), "lower it again");
    shares = measure(upper, lower);
    checks.check(shares.first > 0 && shares.second == 0, "and it has nothing again");
    checks.succeeds(call::suspend(upper.thread.handle()), "suspend the upper one");
    shares = measure(upper, lower);
    checks.check(shares.first == 0 && shares.second > 0, "the lower one runs");
    checks.succeeds(call::resume(upper.thread.handle()), "resume the upper one");
    upper.stop();
    lower.stop();
}

/// A thread that only sleeps at every priority comes back to us at each.
void test_every_priority(Checks& checks, std::uint8_t own) {
    bool all = true;
    for (unsigned priority = abi::lowest_priority; priority <= own; ++priority) {
        Spinner spinner;
        all = spinner.start(static_cast<std::uint8_t>(priority)).has_value() && all;
        if (priority < own) sleep_for(milliseconds(2));
        spinner.stop();
    }
    checks.check(all, "threads of every priority up to our own");
    const Result<Thread> above = Thread::start(Spinner::run, nullptr, static_cast<std::uint8_t>(own + 1));
    checks.check(!above && above.error() == Error::not_permitted, "none above");
}

} // namespace

int main(Arguments) {
    Checks checks("test-priority");
    if (!checks.succeeds(call::set_affinity(abi::self_process, first_cpu), "stay on one CPU")) return 1;
    test_equal(checks);
    test_unequal(checks);
    test_every_priority(checks, abi::default_priority);
    return checks.finish();
}
