// From one thread straight to another, without a choice: for those who know that there is none to make.
#pragma once

#include "hal/timer.h"
#include "kernel/schedule/cpu.h"

namespace schedule {

/// Whether the thread that runs on `cpu` may hand its turn on: nobody more urgent is ready, and there are no
/// floating-point registers to keep.
inline bool can_switch_directly(const Cpu& cpu) { return !cpu.must_choose && !cpu.current->fpu_live; }

/// Lets `to`, which waits in no queue, run on in the turn of `from`, which waits from now on. The slice is the
/// same, and so is its timer.
inline void switch_directly(Cpu& cpu, Thread& from, Thread& to) {
    const base::Nanoseconds now = hal::now(), ran = now - from.run_since;
    from.run_time = from.run_time + ran;
    from.state = ThreadState::waiting;
    to.slice_used = from.slice_used + ran;
    to.run_since = now;
    to.state = ThreadState::running;
    ++to.switches;
    cpu.current = &to;
    memory::AddressSpace::switch_over(from.space, to.space);
}

} // namespace schedule
