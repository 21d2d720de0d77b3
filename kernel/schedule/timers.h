// Timers that run: on each CPU a queue, joined to the hardware's one deadline there.
#pragma once

#include <cstdint>

#include "kernel/base/time.h"
#include "kernel/schedule/timer_queue.h"

namespace schedule {

/// Takes over the timer interrupt, of all CPUs. Needs interrupts and the timer initialised.
void timers_initialize();

/// Calls the timer's function at `deadline`, from this CPU's timer interrupt, with the kernel lock held;
/// moves it when it is running already. A deadline in the past expires at the next chance. The kernel lock
/// must be held.
void start_timer(Timer& timer, base::Nanoseconds deadline);

/// Withdraws a timer; harmless when it has expired. The kernel lock must be held.
void cancel_timer(Timer& timer);

/// How often a CPU's timer has interrupted it.
std::uint64_t timer_interrupts(std::uint32_t cpu);

} // namespace schedule
