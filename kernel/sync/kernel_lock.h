// The kernel lock: one for all of the kernel, taken on entry, dropped on leaving; first come, first served.
//
//     next:     4           the number that the next to come will draw
//     serving:  2           the number whose turn it is; 2 holds the lock, 3 waits
//     sleepers: - - - cpu1  by number: who has stopped polling, and is to be notified when his turn comes
//
// The order in which it is taken is the CommitLog's order. ("For a Microkernel, a Big Lock Is Fine", Peters
// et al., APSys 2015; ticket locks: Reed and Kanodia, 1979.) A CPU that has polled for a while sleeps.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "hal/smp.h"
#include "kernel/sync/sleep.h"

namespace locking {

class KernelLock {
public:
    /// Waits for its turn; answers other CPUs' requests meanwhile, or whoever holds the lock and waits for an
    /// answer would wait for ever. Interrupts must be masked, the lock not held by this CPU.
    void take() {
        // [lab 11: hand the lock on]
        const std::uint32_t mine = next_.fetch_add(1, std::memory_order_relaxed);
        if (serving_.load(std::memory_order_acquire) != mine) [[unlikely]]
            wait(mine);
        // [/lab]
    }

    /// Lets the next one in. By the CPU that has taken it.
    void drop() {
        // [lab 11: hand the lock on]
        const std::uint32_t next = serving_.load(std::memory_order_relaxed) + 1;
        serving_.store(next, std::memory_order_release);
        std::atomic_thread_fence(std::memory_order_seq_cst); // As in wake(), which few need.
        if (next_.load(std::memory_order_relaxed) != next) [[unlikely]]
            wake(sleepers_[next % hal::max_cpus]);
        // [/lab]
    }

private:
    void wait(std::uint32_t mine);

    std::atomic<std::uint32_t> next_ = 0;
    std::atomic<std::uint32_t> serving_ = 0;
    std::array<Sleeper, hal::max_cpus> sleepers_{};
};

inline constinit KernelLock kernel_lock;

} // namespace locking
