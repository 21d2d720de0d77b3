// Shows which threads have had most of the CPUs in the last second: top [TIMES].
#include <algorithm>
#include <array>

#include "user/lib/inspect.h"
#include "user/lib/number.h"
#include "user/lib/print.h"
#include "user/lib/program.h"
#include "user/lib/threads.h"
#include "user/lib/time.h"

using namespace trivium;

namespace {

/// What is known of a thread: its record, and how long it ran since the one before.
struct Sample {
    abi::ThreadRecord thread;
    std::uint64_t recent = 0;
};

struct Samples {
    std::array<Sample, 256> samples;
    std::size_t count = 0;
    std::uint64_t time = 0;

    std::span<Sample> view() { return {samples.data(), count}; }

    /// How long a thread had run by then; nothing for one that was not there yet.
    std::uint64_t run_time(const abi::ThreadRecord& thread) {
        for (const Sample& sample : view())
            if (sample.thread.process == thread.process && sample.thread.number == thread.number)
                return sample.thread.run_nanoseconds;
        return 0;
    }
};

constexpr std::size_t shown = 15;
constinit std::array<Samples, 2> history;

/// Takes a sample of all threads; threads beyond the table's end are left out.
Result<void> sample(Samples& to, Samples& before) {
    to.count = 0;
    to.time = now().value;
    return for_each_record<abi::ThreadRecord>(abi::Topic::threads, [&](const auto& thread) {
        if (to.count == to.samples.size()) return;
        const std::uint64_t earlier = before.run_time(thread);
        to.samples[to.count++] = {thread, thread.run_nanoseconds - std::min(earlier, thread.run_nanoseconds)};
    });
}

void show(Samples& samples, std::uint64_t elapsed) {
    std::ranges::sort(samples.view(), std::ranges::greater(), &Sample::recent);
    print("\nup {} s, {} threads\n", in_seconds({samples.time}), samples.count);
    print("CPU %  PROCESS THREAD CPU PRIORITY STATE      NAME\n");
    for (const Sample& sample : samples.view().first(std::min(samples.count, shown))) {
        const std::uint64_t tenths = sample.recent * 1000 / std::max<std::uint64_t>(elapsed, 1);
        const abi::ThreadRecord& thread = sample.thread;
        print("{:>3}.{}  {:>7} {:>6} {:>3} {:>8} {:<10} {}\n", tenths / 10, tenths % 10, thread.process,
              thread.number, thread.cpu, thread.priority, name(thread.state), text_of(thread.name));
    }
}

Result<void> run(std::uint64_t times) {
    if (const auto first = sample(history[0], history[1]); !first) return first;
    for (std::uint64_t i = 1; i <= times; ++i) {
        sleep_for(seconds(1));
        Samples& before = history[(i - 1) % 2];
        Samples& current = history[i % 2];
        if (const auto done = sample(current, before); !done) return done;
        show(current, current.time - before.time);
    }
    return {};
}

} // namespace

int main(Arguments arguments) {
    const auto times = arguments.size() > 1 ? parse_number(arguments[1]) : 1'000'000;
    if (!times) {
        print_error("usage: top [TIMES]; Ctrl-C ends it\n");
        return 1;
    }
    const auto done = run(*times);
    if (!done) print_error("top: {}\n", done.error());
    return done ? 0 : 1;
}
