// Sleeping and timeouts: never early, in the right order, and other threads run meanwhile.
#include <array>

#include "user/lib/check.h"
#include "user/lib/copies.h"
#include "user/lib/program.h"
#include "user/lib/thread.h"
#include "user/lib/time.h"

using namespace trivium;

namespace {

void test_never_early(Checks& checks) {
    bool early = false, very_late = false;
    for (const std::uint64_t wanted : {0, 1, 10, 100, 1'000, 10'000, 50'000}) {
        const std::uint64_t deadline = now().value + wanted * 1000;
        (void)call::sleep(deadline);
        const std::uint64_t woken = now().value;
        early = early || woken < deadline;
        very_late = very_late || woken > deadline + seconds(5).value;
    }
    checks.check(!early, "nobody wakes early");
    checks.check(!very_late, "nor much too late");
    checks.succeeds(call::sleep(0), "a deadline in the past is no wait");
}

struct Sleeper {
    std::uint64_t deadline = 0;
    std::uint64_t woken = 0;
};

std::int64_t sleep_until(void* argument) {
    auto& sleeper = *static_cast<Sleeper*>(argument);
    (void)call::sleep(sleeper.deadline);
    sleeper.woken = now().value;
    return 0;
}

/// Deadlines 3 ms apart, started last first.
void test_many(Checks& checks) {
    std::array<Sleeper, 8> sleepers;
    std::array<Thread, 8> threads;
    const std::uint64_t start = (now() + milliseconds(20)).value;
    for (std::size_t i = sleepers.size(); i-- > 0;) {
        sleepers[i].deadline = start + milliseconds(3).value * i;
        if (auto thread = Thread::start(sleep_until, &sleepers[i])) threads[i] = std::move(*thread);
    }
    bool in_time = true;
    for (std::size_t i = 0; i < threads.size(); ++i) {
        in_time = threads[i].join((now() + seconds(20)).value).has_value() && in_time;
        in_time = sleepers[i].woken >= sleepers[i].deadline && in_time;
    }
    checks.check(in_time, "each of eight sleepers wakes, none early");
}

void test_timeouts(Checks& checks) {
    const auto child = start_copy("test-sleep", "for-ever");
    if (!checks.succeeds(child, "start a child")) return;
    checks.fails(child->wait(0), Error::timed_out, "a wait with a deadline in the past");
    const std::uint64_t deadline = (now() + milliseconds(10)).value;
    checks.fails(child->wait(deadline), Error::timed_out, "a wait that times out");
    checks.check(now().value >= deadline, "not before its deadline");
    checks.succeeds(child->kill(3), "kill the sleeping child");
    const auto end = child->wait((now() + seconds(20)).value);
    checks.check(end && end->ending == abi::Ending::killed && end->code == 3, "it has ended");
    checks.check(child->wait(0).has_value(), "its end can be asked for again");
}

} // namespace

int main(Arguments arguments) {
    if (arguments.size() > 1) (void)call::sleep(never);
    Checks checks("test-sleep");
    test_never_early(checks);
    test_many(checks);
    test_timeouts(checks);
    return checks.finish();
}
