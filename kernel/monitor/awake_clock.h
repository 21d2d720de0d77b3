// Time without what was slept: how long the CPU worked, however long devices took.
#pragma once

#include "hal/cpu.h"
#include "hal/timer.h"
#include "kernel/device/console_input.h"
#include "kernel/device/interrupts.h"

namespace monitor {

/// Measures work that waits for devices in between. Interrupts must be masked. Where QEMU counts an
/// instruction as a nanosecond (-icount shift=0), these are instructions.
class AwakeClock {
public:
    /// Serves interrupts, and sleeps between them, until `done()` holds; false when Ctrl-C came first.
    template <class Condition>
    bool wait_until(Condition done) {
        while (!done()) {
            if (device::was_interrupted()) return false;
            const base::Nanoseconds before = hal::now();
            hal::CurrentCpu::idle();
            slept_ = slept_ + (hal::now() - before);
            device::dispatch_interrupts();
        }
        return true;
    }

    /// Since the clock was made.
    base::Nanoseconds elapsed() const { return hal::now() - start_ - slept_; }

private:
    base::Nanoseconds start_ = hal::now();
    base::Nanoseconds slept_{};
};

} // namespace monitor
