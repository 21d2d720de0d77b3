// Threads: start, join, end, suspend, resume, and a mutex between them.
#include <array>
#include <atomic>

#include "user/lib/check.h"
#include "user/lib/copies.h"
#include "user/lib/mutex.h"
#include "user/lib/program.h"
#include "user/lib/thread.h"
#include "user/lib/time.h"

using namespace trivium;

namespace {

constexpr Nanoseconds long_enough = seconds(20);

std::uint64_t deadline() { return (now() + long_enough).value; }

/// Waits until `condition` holds; false when it does not in time.
template <class Condition>
bool eventually(Condition condition) {
    for (const std::uint64_t limit = deadline(); now().value < limit; sleep_for(milliseconds(1)))
        if (condition()) return true;
    return false;
}

std::int64_t return_argument(void* argument) {
    return static_cast<std::int64_t>(*static_cast<int*>(argument));
}

void test_join(Checks& checks) {
    int code = -7;
    auto thread = Thread::start(return_argument, &code);
    if (!checks.succeeds(thread, "start a thread")) return;
    const auto end = thread->join(deadline());
    checks.check(end && end->ending == abi::Ending::exited && end->code == -7, "join gives its code");
    std::array<Thread, 10> threads;
    bool all = true;
    for (int round = 0; round < 10; ++round) {
        for (Thread& each : threads)
            if (auto started = Thread::start(return_argument, &code)) each = std::move(*started);
        for (Thread& each : threads) all = each.join(deadline()).has_value() && all;
    }
    checks.check(all, "100 threads come and go");
}

std::int64_t count_up(void* argument) {
    for (auto& counter = *static_cast<std::atomic<std::uint64_t>*>(argument);;) {
        counter.fetch_add(1);
        (void)call::yield();
    }
}

void test_suspend(Checks& checks) {
    std::atomic<std::uint64_t> counter = 0;
    auto thread = Thread::start(count_up, &counter);
    if (!checks.succeeds(thread, "start a counter")) return;
    checks.check(eventually([&] { return counter > 10; }), "it counts");
    checks.succeeds(call::suspend(thread->handle()), "suspend it");
    const std::uint64_t stopped = counter;
    sleep_for(milliseconds(20));
    checks.check(counter == stopped, "suspended, it stands still");
    checks.fails(thread->join((now() + milliseconds(5)).value), Error::timed_out, "join of it times out");
    checks.succeeds(call::resume(thread->handle()), "resume it");
    checks.check(eventually([&] { return counter > stopped + 10; }), "resumed, it goes on");
    checks.succeeds(call::kill(thread->handle(), 5), "kill it");
    const auto end = call::thread_join(thread->handle(), deadline());
    checks.check(end && end->ending == abi::Ending::killed && end->code == 5, "its end tells how");
    checks.fails(call::suspend(thread->handle()), Error::not_running, "suspend it when it has ended");
}

std::int64_t sleep_for_ever(void*) {
    (void)call::sleep(never);
    return 0;
}

void test_kill_sleeper(Checks& checks) {
    auto thread = Thread::start(sleep_for_ever, nullptr);
    if (!checks.succeeds(thread, "start a sleeper")) return;
    sleep_for(milliseconds(2));
    checks.succeeds(call::kill(thread->handle(), 9), "kill it");
    const auto end = thread->join(deadline());
    checks.check(end && end->ending == abi::Ending::killed && end->code == 9,
                 "a sleeping thread can be killed");
}

struct Shared {
    Mutex mutex;
    std::uint64_t value = 0;
};

std::int64_t add_slowly(void* argument) {
    auto& shared = *static_cast<Shared*>(argument);
    for (int i = 0; i < 500; ++i) {
        const Locked locked(shared.mutex);
        const std::uint64_t read = shared.value;
        if (i % 50 == 0) (void)call::yield();
        shared.value = read + 1;
    }
    return 0;
}

void test_mutex(Checks& checks) {
    Shared shared;
    std::array<Thread, 4> threads;
    for (Thread& thread : threads)
        if (auto started = Thread::start(add_slowly, &shared)) thread = std::move(*started);
    for (Thread& thread : threads) (void)thread.join(deadline());
    checks.check(shared.value == 4 * 500, "a mutex loses no addition");
}

/// In copies of this program: ways for a process with several threads to end.
int be_copy(std::string_view how) {
    if (auto sleeper = Thread::start(sleep_for_ever, nullptr); how == "exit") return sleeper ? 11 : 1;
    auto last = Thread::start([](void*) -> std::int64_t { return 12; }, nullptr);
    if (!last) return 1;
    sleep_for(milliseconds(5));
    call::thread_exit(13);
}

void test_process_ends(Checks& checks) {
    const auto exited = run_copy("test-threads", "exit");
    checks.check(exited && exited->ending == abi::Ending::exited && exited->code == 11,
                 "exit ends the other threads");
    const auto last = run_copy("test-threads", "last");
    checks.check(last && last->ending == abi::Ending::exited, "the last thread's end is the process's");
}

} // namespace

int main(Arguments arguments) {
    if (arguments.size() > 1) return be_copy(arguments[1]);
    Checks checks("test-threads");
    test_join(checks);
    test_suspend(checks);
    test_kill_sleeper(checks);
    test_mutex(checks);
    test_process_ends(checks);
    return checks.finish();
}
