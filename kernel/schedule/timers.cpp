// Keeps the hardware's deadline no later than the earliest timer's, and lets expired timers run.
#include "kernel/schedule/timers.h"

#include <array>

#include "hal/cpu.h"
#include "hal/smp.h"
#include "hal/timer.h"
#include "kernel/device/interrupts.h"

namespace schedule {
namespace {

constinit std::array<TimerQueue, hal::max_cpus> queues;
constinit std::array<std::uint64_t, hal::max_cpus> interrupts{};

TimerQueue& own_queue() { return queues[hal::current_cpu().index]; }

void program_hardware() {
    if (const Timer* first = own_queue().earliest())
        hal::set_deadline(first->deadline());
    else
        hal::clear_deadline();
}

void on_deadline() {
    ++interrupts[hal::current_cpu().index];
    // [lab 4: let expired timers run]
    while (const Timer* expired = own_queue().pop_expired(hal::now())) expired->expire();
    program_hardware();
    // [/lab]
}

} // namespace

void timers_initialize() { device::attach_timer(on_deadline); }

std::uint64_t timer_interrupts(std::uint32_t cpu) { return interrupts[cpu]; }

void start_timer(Timer& timer, base::Nanoseconds deadline) {
    cancel_timer(timer);
    timer.cpu = hal::current_cpu().index;
    own_queue().insert(timer, deadline);
    if (own_queue().earliest() == &timer) program_hardware();
}

/// Another CPU's deadline is left as it is: it comes to nothing there.
void cancel_timer(Timer& timer) {
    TimerQueue& queue = queues[timer.cpu];
    const bool was_first = queue.earliest() == &timer;
    queue.remove(timer);
    if (was_first && &queue == &own_queue()) program_hardware();
}

} // namespace schedule
