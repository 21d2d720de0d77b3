// Waiting inside the kernel for what another CPU does: polling first, then asleep. Where CPUs are virtual and
// share fewer real ones, whoever polls keeps the one he waits for from running.
//
//     waits                        does it
//     writes himself down          does it
//     ---- fence ----              ---- fence ----
//     is it done? else sleeps      has somebody written himself down? then notifies him
//
// One of the two sees the other, and no end is slept through. The fences are needed: a release store and an
// acquire load behind it may change places.
#pragma once

#include <atomic>
#include <cstdint>

#include "hal/cpu.h"
#include "hal/interrupt.h"
#include "hal/smp.h"
#include "kernel/sync/cpu_request.h"

namespace locking {

/// Who sleeps: CPU + 1, or 0.
using Sleeper = std::atomic<std::uint32_t>;

using Slept = void (*)();
/// Has `act` called, with the kernel lock held, on each CPU that has slept: on x64 it has taken an interrupt,
/// which is to be dispatched before the CPU leaves the kernel.
void set_on_slept(Slept act);
void slept();

/// Waits until `done()`, and answers other CPUs' requests meanwhile. True when this CPU has slept: then
/// slept() is to be called, under the kernel lock. Interrupts must be masked.
template <class Condition>
bool wait_until(Condition done, Sleeper& sleeper) {
    constexpr unsigned polls = 256;
    for (unsigned i = 0; i < polls; ++i) {
        if (done()) return false;
        serve_requests();
        hal::CurrentCpu::relax();
    }
    sleeper.store(hal::current_cpu().index + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    while (!done()) {
        hal::CurrentCpu::idle();
        hal::forget_notice();
        serve_requests();
    }
    sleeper.store(0, std::memory_order_relaxed);
    return true;
}

/// For whoever has made `done()` true.
inline void wake(const Sleeper& sleeper) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (const std::uint32_t cpu = sleeper.load(std::memory_order_relaxed); cpu != 0) [[unlikely]]
        hal::notify_cpu(cpu - 1);
}

} // namespace locking
