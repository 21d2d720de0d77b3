// From one thread straight to another, without a choice: for those who know that there is none to make.
#pragma once

#include "kernel/schedule/cpu.h"

namespace schedule {

/// Whether the thread that runs on `cpu` may hand its turn on: nobody more urgent is ready, and there are no
/// floating-point registers to keep.
inline bool can_switch_directly(const Cpu& cpu) { return !cpu.must_choose && !cpu.current->fpu_live; }

/// Lets `to`, which waits in no line and was on this CPU last, run on in the turn of `from`, which waits from
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

} // namespace schedule
