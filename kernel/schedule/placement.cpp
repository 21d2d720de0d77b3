// Where threads wait for their turn: placing them on CPUs, and finding the one to run next.
#include <algorithm>
#include <utility>

#include "kernel/schedule/cpu.h"
#include "kernel/schedule/scheduler.h"

namespace schedule {
namespace {

/// How much it matters to leave a CPU alone: nothing runs there, or something of that priority.
int weight(const Cpu& cpu) {
    const Thread* const next = cpu.ready.first();
    const int waiting = next ? next->priority : -1;
    return std::max(waiting,
                    cpu.current && cpu.current->state == ThreadState::running ? cpu.current->priority : -1);
}

/// Where a thread is to run: where it ran last, unless elsewhere it disturbs less.
Cpu& place(const Thread& thread) {
    Cpu* best = thread.may_run_on(thread.cpu) && cpus[thread.cpu] ? &*cpus[thread.cpu] : nullptr;
    if (best && cpu_total == 1) return *best;
    // [lab 11: share the work]
    for (auto& cpu : cpus)
        if (cpu && thread.may_run_on(cpu->index) && (!best || weight(*cpu) < weight(*best))) best = &*cpu;
    return *best;
    // [/lab]
}

/// A thread that another CPU keeps waiting although it may run on `cpu` and is more urgent than `best`; else
/// that.
Thread* more_urgent_elsewhere(const Cpu& cpu, Thread* best) {
    // [lab 11: share the work]
    for (auto& other : cpus) {
        if (!other || &*other == &cpu || other->ready.empty()) continue;
        if (best && other->ready.first()->priority <= best->priority) continue;
        Thread* const candidate = other->ready.first_for(cpu.index);
        if (candidate && (!best || candidate->priority > best->priority)) best = candidate;
    }
    return best;
    // [/lab]
}

} // namespace

void disturb(Cpu& cpu) {
    const bool was_told = std::exchange(cpu.must_choose, true);
    if (!was_told && &cpu != &this_cpu()) hal::notify_cpu(cpu.index);
}

void enqueue(Thread& thread, Cpu& cpu) {
    thread.state = ThreadState::ready;
    thread.cpu = cpu.index;
    cpu.ready.push_back(thread);
    if (!cpu.current || cpu.current->priority <= thread.priority) disturb(cpu);
}

void make_ready(Thread& thread) {
    if (thread.suspended)
        thread.state = ThreadState::suspended;
    else
        enqueue(thread, place(thread));
}

void move_aside(Thread& thread) {
    Cpu& to = place(thread);
    if (to.index == thread.cpu || weight(to) >= thread.priority) return;
    cpu_of(thread).ready.remove(thread);
    enqueue(thread, to);
}

Thread* take_best(Cpu& cpu) {
    Thread* best = cpu.ready.first();
    if (cpu_count() > 1) best = more_urgent_elsewhere(cpu, best);
    if (best) cpu_of(*best).ready.remove(*best);
    return best;
}

} // namespace schedule
