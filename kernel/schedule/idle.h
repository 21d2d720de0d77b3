// Waiting without spinning: for the monitor and for boot, on the CPU's own stack.
#pragma once

#include "hal/cpu.h"
#include "kernel/device/interrupts.h"
#include "kernel/sync/cpu_request.h"
#include "kernel/sync/kernel_lock.h"

namespace schedule {

/// Idles until an interrupt comes, without the kernel lock, and serves it with the lock. Interrupts must be
/// masked, and the lock held.
inline void idle_once() {
    locking::kernel_lock.drop();
    locking::serve_requests();
    hal::CurrentCpu::idle();
    locking::kernel_lock.take();
    device::dispatch_interrupts();
}

/// Serves interrupts, and idles between them, until `done()` holds. No wake-up is lost: interrupts stay
/// masked, and idle() returns with one pending. System calls and drivers must never wait so.
template <class Condition>
void idle_until(Condition done) {
    const auto state = hal::CurrentCpu::mask_interrupts();
    while (!done()) idle_once();
    hal::CurrentCpu::restore_interrupts(state);
}

} // namespace schedule
