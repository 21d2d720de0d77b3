// Who runs: per-CPU run queues, preemption and waiting. The way into and out of the kernel is gate.h.
//
// - On each CPU the thread of the highest priority runs that is placed there; equals take turns.
// - A thread that becomes ready is placed where it disturbs least: an idle CPU, else where the lowest
// priority
//   runs. A CPU that has nothing takes from the others' queues.
// - The timer runs only while equals share a CPU: there is no tick.
//
// The kernel lock must be held for everything here.
#pragma once

#include <cstdint>
#include <optional>

#include "kernel/schedule/gate.h"
#include "kernel/schedule/wait_line.h"

namespace schedule {

/// Makes the boot CPU's scheduler ready. `slice` is how long equals run in turn.
void initialize(base::Nanoseconds slice);

/// Adds a CPU: from now on threads may be placed on it.
void add_cpu(std::uint32_t index);
/// Tells the CPU that calls this where its part is that add_cpu() made. Before anything else that it does
/// here.
void find_own_part();

inline std::uint32_t cpu_count() { return cpu_total; }

/// Lets this CPU run threads from now on: for the first time, with leave().
[[noreturn]] void run();

/// Lets a new thread be chosen.
void start(Thread& thread);
/// Ends a thread wherever it is. Its on_left may be called before this returns.
void stop(Thread& thread);
/// Parks the running thread in `queue` (or none), until wake() or `deadline`, when its call gives
/// `timeout_status`.
void wait(WaitQueue* queue, std::optional<base::Nanoseconds> deadline, std::uint64_t timeout_status);
/// The same in a line by priority, or in none; false when the deadline has come already, and it goes on.
bool park(WaitLine* line, std::optional<base::Nanoseconds> deadline, std::uint64_t timeout_status);
/// Takes a waiting thread out of what it waits in; it goes on waiting, in nothing.
void leave_line(Thread& thread);
/// Ends a thread's wait. Whoever calls has set what its system call gives.
void wake(Thread& thread);

/// The running thread's turn is over.
inline void yield() { this_cpu().end_turn(); }

void suspend(Thread& thread);
void resume(Thread& thread);
/// At which it runs from now on, and waits: acts at once, on whichever CPU. Leaves its own priority as it is.
void set_priority(Thread& thread, std::uint8_t priority);
/// `affinity` must name a CPU that is there.
void set_affinity(Thread& thread, std::uint32_t affinity);

/// Gives the running thread its floating-point registers. False when there is no memory to keep them in.
bool open_fpu();

/// While `paused` no user thread runs on any CPU: for the monitor.
void pause_users(bool paused);
using Interlude = void (*)();
/// Has `act` called on the boot CPU, on its own stack, before it goes back to user mode or idles again.
void request_interlude(Interlude act);

struct CpuTimes {
    base::Nanoseconds idle{};
    base::Nanoseconds busy{};
};

CpuTimes times_of(std::uint32_t cpu);
/// All that a thread has run, up to now.
base::Nanoseconds run_time(const Thread& thread);

} // namespace schedule
