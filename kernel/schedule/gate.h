// The way into and out of the kernel, which every trap from user mode takes: short, and inline for that.
//
//     trap ──> enter(): take the kernel lock ──> … ──> leave(): choose if need be, drop it ──> user mode
#pragma once

#include "kernel/schedule/cpu.h"
#include "kernel/schedule/thread.h"
#include "kernel/sync/kernel_lock.h"

namespace schedule {

/// The thread that runs on this CPU; null while it idles. The kernel lock must be held.
inline Thread* current() { return this_cpu().current; }

/// Takes the kernel lock; `cpu` is this one. False when the running thread may not go on, since another CPU
/// has ended or suspended it meanwhile: then nothing must be done for it but leave().
inline bool enter(const Cpu& cpu) {
    locking::kernel_lock.take();
    return cpu.current->state == ThreadState::running;
}

/// Decides who goes on, drops the lock, and returns the registers to leave with.
inline hal::UserContext& leave(Cpu& cpu) {
    while (cpu.must_choose) [[unlikely]] choose(cpu);
    hal::UserContext& context = cpu.current->context;
    locking::kernel_lock.drop();
    return context;
}

} // namespace schedule
