// From one thread straight to another, without a choice: for those who know that there is none to make.
#pragma once

#include "kernel/schedule/cpu.h"

namespace schedule {

/// `fastpath=off` on the command line, and tests: then everybody is chosen.
inline constinit bool direct_switches_are_on = true;

/// Whether the thread that runs on `cpu` may hand its turn on to `to`, which waits and was on this CPU last:
/// there is no choice to make, and there are no floating-point registers to keep.
inline bool can_switch_directly(const Cpu& cpu, const Thread& to) {
    return to.cpu == cpu.index && !to.suspended && !to.timeout.is_queued() && !cpu.must_choose &&
           !cpu.current->fpu_live && direct_switches_are_on;
}

/// Whether a choice would come to `to`, too. Among equals it is in its turn, which somebody must see the end
/// of.
inline bool would_be_chosen(const Cpu& cpu, const Thread& to) {
    const Thread* const next = cpu.ready.first();
    return !next || next->priority < to.priority || (next->priority == to.priority && cpu.slice.is_queued());
}

/// Lets `to`, which waits in nothing any more, run on in the turn of `from`, which waits from
/// now on. The slice is the same, and so is its timer. The clock is not read: what threads have run by turns
/// counts for whoever runs when it is read next.
inline void switch_directly(Cpu& cpu, Thread& from, Thread& to) {
    from.state = ThreadState::waiting;
    to.state = ThreadState::running;
    to.run_since = from.run_since;
    to.slice_used = from.slice_used;
    ++to.switches;
    cpu.current = &to;
    memory::AddressSpace::switch_over(from.space, to.space, cpu.index);
}

/// Lets the running thread wait for as long as it takes, in no line, and `to`, which waits in nothing any
/// more, run on in its place, if that is what choosing would come to; whether that was done.
inline bool hand_over(Thread& to) {
    Cpu& cpu = this_cpu();
    if (!can_switch_directly(cpu, to) || !would_be_chosen(cpu, to)) return false;
    switch_directly(cpu, *cpu.current, to);
    return true;
}

} // namespace schedule
