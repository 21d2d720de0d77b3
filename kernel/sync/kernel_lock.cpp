// Waiting for the kernel lock: polling first, then asleep.
#include "kernel/sync/kernel_lock.h"

#include "kernel/sync/cpu_request.h"

namespace locking {

/// Who holds the lock reads the sleeper behind his writing of `serving_`, and a sleeper reads `serving_`
/// behind writing himself down: one of the two sees the other, and no turn is slept through.
bool KernelLock::wait(std::uint32_t mine) {
    constexpr unsigned polls = 256;
    for (unsigned i = 0; i < polls; ++i) {
        if (serving_.load(std::memory_order_acquire) == mine) return false;
        serve_requests();
        hal::CurrentCpu::relax();
    }
    auto& sleeper = sleepers_[mine % hal::max_cpus];
    sleeper.store(hal::current_cpu().index + 1, std::memory_order_seq_cst);
    while (serving_.load(std::memory_order_seq_cst) != mine) {
        hal::CurrentCpu::idle();
        serve_requests();
    }
    sleeper.store(0, std::memory_order_relaxed);
    return true;
}

} // namespace locking
