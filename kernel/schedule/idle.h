// Waiting without spinning: for the monitor and for boot, on the CPU's own stack.
#pragma once

#include "hal/cpu.h"
#include "kernel/device/interrupts.h"

namespace schedule {

/// Serves interrupts, and idles between them, until `done()` holds. No wake-up is lost: interrupts stay
/// masked, and idle() returns with one pending. System calls and drivers must never wait so.
template <class Condition>
void idle_until(Condition done) {
    const auto state = hal::CurrentCpu::mask_interrupts();
    while (!done()) {
        hal::CurrentCpu::idle();
        device::dispatch_interrupts();
    }
    hal::CurrentCpu::restore_interrupts(state);
}

} // namespace schedule
