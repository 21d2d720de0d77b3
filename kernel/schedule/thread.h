// A thread, as the scheduler sees it: saved registers, a priority, and the reason why it does not run.
//
//             start()                chosen                        waits, sleeps
//     (new) ──────────> ready <───────────────> running ───────────────────────> waiting
//                         ^     turn is over                                        │
//                         └───────────────────── wake() ────────────────────────────┘
//     suspended beside any of these: it is not chosen.   ended: for good.
//
// - The running thread is in no queue; a ready one is in the run queue of the CPU that it is placed on; a
//   waiting one is in a wait queue, or in none when it only sleeps.
// - An ended thread may still be the frame that another CPU's trap saves into, until that CPU has left it:
// only
//   then on_left is called, and it may be freed.
#pragma once

#include <cstdint>

#include "hal/context.h"
#include "hal/fpu.h"
#include "kernel/abi/inspect.h"
#include "kernel/base/list.h"
#include "kernel/base/time.h"
#include "kernel/memory/address_space.h"
#include "kernel/schedule/timer_queue.h"

namespace schedule {

using abi::ThreadState;

class WaitLine;

class Thread : public base::ListNode<> {
public:
    using Left = void (*)(Thread& thread);
    using WaitEnded = void (*)(Thread& thread);

    /// A thread of `space` that begins with these registers. `on_left` is called once, when it has ended and
    /// no CPU uses its registers any more.
    Thread(const hal::UserContext& begin, memory::AddressSpace& in, std::uint8_t at_priority, Left when_left);

    bool may_run_on(std::uint32_t cpu_index) const { return (affinity >> cpu_index & 1) != 0; }

    bool has_ended() const { return state == ThreadState::ended; }

    hal::UserContext context;
    memory::AddressSpace& space;
    Left on_left;
    ThreadState state = ThreadState::waiting; ///< Changed by the scheduler alone.
    bool suspended = false;
    bool fpu_live = false;     ///< Its floating-point registers are in the CPU that it runs on.
    std::uint8_t priority;     ///< At which it runs and waits: its own, or one that was lent to it.
    std::uint8_t own_priority; ///< At which it runs when none is lent.
    std::uint32_t affinity = ~std::uint32_t{0};
    std::uint32_t cpu = 0;             ///< Where it runs, is queued, or ran last.
    hal::Fpu::State* fpu = nullptr;    ///< Saved; null until it first uses them. Freed with the thread.
    Timer timeout;                     ///< Of what it waits for.
    std::uint64_t timeout_status = 0;  ///< What the wait gives when time is up.
    WaitLine* line = nullptr;          ///< By priority, in which it waits.
    WaitEnded on_wait_ended = nullptr; ///< Called when its wait ends, for whatever reason: by time, too.
    base::Nanoseconds run_time{};      ///< All that it has had, up to run_since.
    base::Nanoseconds run_since{};     ///< While it runs: since when.
    base::Nanoseconds slice_used{};    ///< Of its present turn.
    std::uint64_t switches = 0;
};

/// Threads that wait for the same thing, in the order in which they came.
using WaitQueue = base::List<Thread>;

} // namespace schedule
