// Waiting at the prompt: for something, but not for ever, and not against the user's will.
#pragma once

#include "kernel/device/console_input.h"
#include "kernel/schedule/idle.h"
#include "kernel/schedule/timers.h"

namespace monitor {

enum class Waited { until_condition, until_deadline, until_interrupted };

/// Serves interrupts until `condition()` holds, the deadline has come, or Ctrl-C was typed.
template <class Condition>
Waited wait_for(Condition condition, base::Nanoseconds deadline) {
    bool expired = false;
    bool interrupted = false;
    bool holds = false;
    schedule::Timer timer([](void* flag) { *static_cast<bool*>(flag) = true; }, &expired);
    schedule::start_timer(timer, deadline);
    schedule::idle_until(
        [&] { return (holds = condition()) || expired || (interrupted = device::was_interrupted()); });
    schedule::cancel_timer(timer);
    if (holds) return Waited::until_condition;
    return interrupted ? Waited::until_interrupted : Waited::until_deadline;
}

} // namespace monitor
