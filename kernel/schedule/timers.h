// Timers that run: the queue joined to the hardware's one deadline.
#pragma once

#include "kernel/base/time.h"
#include "kernel/schedule/timer_queue.h"

namespace schedule {

/// Takes over the timer interrupt. Needs interrupts and the timer initialised.
void timers_initialize();

/// Calls the timer's function at `deadline`, from the timer interrupt; moves it when it is running already. A
/// deadline in the past expires at the next chance. Interrupts must be masked.
void start_timer(Timer& timer, base::Nanoseconds deadline);

/// Withdraws a timer; harmless when it has expired. Interrupts must be masked.
void cancel_timer(Timer& timer);

} // namespace schedule
