// What the scheduler keeps for each CPU: for its own files alone.
#pragma once

#include <array>
#include <optional>

#include "hal/cpu.h"
#include "hal/smp.h"
#include "kernel/schedule/run_queue.h"
#include "kernel/schedule/timer_queue.h"

namespace schedule {

struct Cpu {
    explicit Cpu(std::uint32_t number)
        : index(number), slice([](void* cpu) { static_cast<Cpu*>(cpu)->end_turn(); }, this) {}

    void end_turn() {
        if (!current) return;
        turn_is_over = true;
        must_choose = true;
    }

    std::uint32_t index;
    Thread* current = nullptr;
    bool must_choose = true;      ///< Before this CPU goes on: its thread may not, or should not, be the one.
    bool turn_is_over = false;    ///< The thread goes behind its equals.
    bool interrupts_wait = false; ///< Taken while this CPU slept in the kernel, and not dispatched yet.
    RunQueue ready;
    Timer slice;
    base::Nanoseconds idle_since{};
    base::Nanoseconds idle_time{};
    base::Nanoseconds since{}; ///< When it was added.
};

/// By index; those that have been added.
extern std::array<std::optional<Cpu>, hal::max_cpus> cpus;

inline Cpu& this_cpu() { return *cpus[hal::current_cpu().index]; }

inline Cpu& cpu_of(const Thread& thread) { return *cpus[thread.cpu]; }

/// Whether a thread is some CPU's: running, or not yet left.
inline bool runs(const Thread& thread) { return cpu_of(thread).current == &thread; }

/// Makes a CPU choose anew: this one on its way out, another one by interrupting it.
void disturb(Cpu& cpu);

/// Queues a ready thread on a CPU, and sees to it that it gets there what its priority demands.
void enqueue(Thread& thread, Cpu& cpu);

/// Queues a thread that could run where it disturbs least; a suspended one only becomes that.
void make_ready(Thread& thread);

/// Moves a ready thread that more urgent ones keep waiting to a CPU where something less urgent runs, if
/// there is one.
void move_aside(Thread& thread);

/// The ready thread of the highest priority that may run on a CPU: its own first, unless another CPU keeps
/// one waiting that is more urgent. It stays in its queue.
Thread* best_for(Cpu& cpu);

} // namespace schedule
