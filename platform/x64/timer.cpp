// Time on x64: the time-stamp counter for now(), the local APIC's timer for deadlines. Neither says how fast
// it is, so that both are measured against a clock that does.
#include "hal/timer.h"

#include <algorithm>

#include "kernel/base/log.h"
#include "platform/x64/cpu.h"
#include "platform/x64/discovery.h"
#include "platform/x64/local_apic.h"
#include "platform/x64/reference_clock.h"

namespace {

using platform::ReferenceClock;

constexpr std::uint32_t longest_count = ~0u;

constinit base::TickScale to_nanoseconds;
constinit base::TickScale to_timer_ticks;
constinit std::uint64_t first_tick = 0;
constinit std::uint64_t counter_frequency = 0;

std::uint64_t counter() { return platform::read_time_stamp(); }

/// The three clocks, read at nearly the same time.
struct Sample {
    std::uint64_t counter = 0;
    std::uint32_t reference = 0;
    std::uint32_t timer = 0;
};

/// Reads reference and timer between two readings of the counter, and keeps the try that took least: whoever
/// shares the processor with this machine may have interrupted the others.
Sample take_sample(const ReferenceClock& clock) {
    constexpr unsigned tries = 16;
    Sample best;
    std::uint64_t least = ~std::uint64_t{0};
    for (unsigned i = 0; i < tries; ++i) {
        const std::uint64_t before = counter();
        const std::uint32_t reference = clock.read();
        const std::uint32_t timer = platform::local_apic::timer_count();
        const std::uint64_t width = counter() - before;
        if (width >= least) continue;
        least = width;
        best = {before + width / 2, reference, timer};
    }
    return best;
}

/// Waits for four fifths of a millisecond, which with the samples stays below one.
void wait(const ReferenceClock& clock, std::uint32_t from) {
    constexpr unsigned most_polls = 10'000'000;
    const std::uint64_t ticks = clock.frequency / 1250;
    for (unsigned i = 0; i < most_polls; ++i)
        if (clock.elapsed(from, clock.read()) >= ticks) return;
    base::panic("timer: the {} does not count", clock.name);
}

/// Measures the counter and the timer, which must not be in use.
void calibrate(const ReferenceClock& clock) {
    platform::local_apic::start_timer(longest_count);
    const Sample first = take_sample(clock);
    wait(clock, first.reference);
    const Sample last = take_sample(clock);
    platform::local_apic::start_timer(0);

    const std::uint64_t elapsed = clock.elapsed(first.reference, last.reference);
    counter_frequency = (last.counter - first.counter) * clock.frequency / elapsed;
    const std::uint64_t timer_frequency = std::uint64_t{first.timer - last.timer} * clock.frequency / elapsed;
    if (counter_frequency == 0 || timer_frequency == 0)
        base::panic("timer: {} Hz and {} Hz measured by the {}", counter_frequency, timer_frequency,
                    clock.name);
    to_nanoseconds = base::TickScale::between(counter_frequency, base::nanoseconds_per_second);
    to_timer_ticks = base::TickScale::between(base::nanoseconds_per_second, timer_frequency);
}

} // namespace

namespace hal {

void timer_initialize(const BootInfo&) {
    const auto clock = platform::find_reference_clock(platform::acpi_machine());
    if (!clock)
        base::panic(
            "timer: ACPI names neither an HPET nor a PM timer, by which the others could be measured");
    calibrate(*clock);
    first_tick = counter();
    clear_deadline();
}

/// Time-stamp counters start together and count alike, and so do the timers: what the boot CPU measured
/// holds.
void timer_initialize_cpu() { clear_deadline(); }

base::Nanoseconds now() { return {to_nanoseconds(to_nanoseconds.is_known() ? counter() - first_tick : 0)}; }

/// The timer counts to 32 bits, about a minute: a later deadline makes it interrupt early, and the caller
/// asks again.
void set_deadline(base::Nanoseconds deadline) {
    // [lab 4: program the timer]
    const base::Nanoseconds present = now();
    const std::uint64_t ticks = deadline > present ? to_timer_ticks((deadline - present).value) : 0;
    const std::uint64_t rounded_up =
        std::min<std::uint64_t>(ticks, longest_count - 1) + 1; // Never early; 0 would stop it.
    platform::local_apic::start_timer(static_cast<std::uint32_t>(rounded_up));
    // [/lab]
}

void clear_deadline() { platform::local_apic::start_timer(0); }

std::string_view timer_name() { return "time-stamp counter, local APIC timer"; }

std::uint64_t timer_frequency() { return counter_frequency; }

} // namespace hal
