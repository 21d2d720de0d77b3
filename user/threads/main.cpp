// Several threads add to one number, taking turns by a mutex: nothing that they add is lost.
#include <array>

#include "user/lib/mutex.h"
#include "user/lib/print.h"
#include "user/lib/program.h"
#include "user/lib/thread.h"

using namespace trivium;

namespace {

constexpr std::uint64_t additions = 10'000;

struct Counter {
    Mutex mutex;
    std::uint64_t value = 0;
};

std::int64_t add(void* argument) {
    auto& counter = *static_cast<Counter*>(argument);
    for (std::uint64_t i = 0; i < additions; ++i) {
        const Locked locked(counter.mutex);
        counter.value = counter.value + 1;
    }
    return 0;
}

Result<void> run(std::span<Thread> threads, Counter& counter) {
    for (Thread& thread : threads) {
        auto started = Thread::start(add, &counter);
        if (!started) return std::unexpected(started.error());
        thread = std::move(*started);
    }
    for (Thread& thread : threads)
        if (const auto end = thread.join(); !end) return std::unexpected(end.error());
    return {};
}

} // namespace

int main(Arguments) {
    Counter counter; // Before the threads, which go first.
    std::array<Thread, 4> threads;
    if (const auto done = run(threads, counter); !done) {
        print_error("threads: {}\n", done.error());
        return 1;
    }
    print("threads: {} threads added up to {}\n", threads.size(), counter.value);
    return counter.value == threads.size() * additions ? 0 : 1;
}
