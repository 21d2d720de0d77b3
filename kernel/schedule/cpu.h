// What the scheduler keeps for each CPU: for its own files alone, and for the way in and out (gate.h).
#pragma once

#include <array>
#include <optional>

#include "hal/cpu.h"
#include "hal/smp.h"
#include "kernel/schedule/run_queue.h"
#include "kernel/schedule/timer_queue.h"

namespace schedule {

struct Cpu;

/// The slice timer of a CPU has rung: the turn of the thread that runs there is over, or goes on for a while.
void on_slice(Cpu& cpu);

struct Cpu {
    explicit Cpu(std::uint32_t number)
        : index(number), slice([](void* cpu) { on_slice(*static_cast<Cpu*>(cpu)); }, this) {}

    void end_turn() {
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
extern std::uint32_t cpu_total;

inline Cpu& this_cpu() { return *static_cast<Cpu*>(hal::current_cpu().scheduler); }

inline Cpu& cpu_of(const Thread& thread) { return *cpus[thread.cpu]; }

/// Whether a thread is some CPU's: running, or not yet left.
inline bool runs(const Thread& thread) { return cpu_of(thread).current == &thread; }

/// Decides who goes on here, and switches to it; waits until there is somebody.
void choose(Cpu& cpu);

/// Makes a CPU choose anew: this one on its way out, another one by interrupting it.
void disturb(Cpu& cpu);

/// Queues a ready thread on a CPU, and sees to it that it gets there what its priority demands.
void enqueue(Thread& thread, Cpu& cpu);

/// Queues a thread that could run where it disturbs least; a suspended one only becomes that.
void make_ready(Thread& thread);

/// Moves a ready thread that more urgent ones keep waiting to a CPU where something less urgent runs, if
/// there is one.
void move_aside(Thread& thread);

/// Takes the ready thread of the highest priority that may run on a CPU out of its queue: the CPU's own
/// first, unless another CPU keeps one waiting that is more urgent. Null when there is none.
Thread* take_best(Cpu& cpu);

} // namespace schedule
