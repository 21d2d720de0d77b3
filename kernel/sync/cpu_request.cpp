// One slot per CPU, filled under the kernel lock and emptied by its owner.
#include "kernel/sync/cpu_request.h"

#include <array>

#include "hal/cpu.h"
#include "hal/smp.h"
#include "hal/timer.h"
#include "kernel/sync/sleep.h"

namespace locking {
namespace {

constinit std::array<std::atomic<CpuRequest*>, hal::max_cpus> slots{};
constinit Sleeper asker = 0; // There is one at a time.

constinit std::array<std::atomic<Stop>, hal::max_cpus> stops{};
constinit std::atomic<bool> stop_ended = false;

} // namespace

void ask_cpus(std::uint32_t cpus, CpuRequest& request) {
    // [lab 11: forget everywhere]
    for (std::uint32_t cpu = 0; cpu < slots.size(); ++cpu) {
        if ((cpus >> cpu & 1) == 0) continue;
        request.left.fetch_add(1, std::memory_order_relaxed);
        slots[cpu].store(&request, std::memory_order_release);
        hal::notify_cpu(cpu);
    }
    const auto have_all_answered = [&] { return request.left.load(std::memory_order_acquire) == 0; };
    if (wait_until(have_all_answered, asker)) slept();
    // [/lab]
}

void stop_cpu(std::uint32_t cpu, Stop act) {
    constexpr base::Nanoseconds patience = base::milliseconds(200);
    const base::Nanoseconds deadline = hal::now() + patience;
    stop_ended.store(false, std::memory_order_relaxed);
    stops[cpu].store(act, std::memory_order_release);
    hal::notify_cpu(cpu);
    while (!stop_ended.load(std::memory_order_acquire) && hal::now() < deadline) hal::CurrentCpu::relax();
}

void stop_has_ended() { stop_ended.store(true, std::memory_order_release); }

void serve_requests() {
    if (const auto act = stops[hal::current_cpu().index].load(std::memory_order_acquire)) act();
    auto& slot = slots[hal::current_cpu().index];
    if (slot.load(std::memory_order_relaxed) == nullptr) return;
    // [lab 11: forget everywhere]
    CpuRequest* const request = slot.exchange(nullptr, std::memory_order_acquire);
    request->run(*request);
    request->left.fetch_sub(1, std::memory_order_release); // From here on it may be gone.
    wake(asker);
    // [/lab]
}

} // namespace locking
