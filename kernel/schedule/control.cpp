// What is done to threads: starting, ending, waiting, waking, suspending, changing.
#include <utility>

#include "hal/timer.h"
#include "kernel/schedule/cpu.h"
#include "kernel/schedule/scheduler.h"
#include "kernel/schedule/timers.h"

namespace schedule {
namespace {

/// Takes a thread out of whatever it is in, but for a CPU.
void detach(Thread& thread) {
    if (thread.state == ThreadState::ready)
        cpu_of(thread).ready.remove(thread);
    else
        leave_line(thread);
    cancel_timer(thread.timeout);
    if (thread.on_wait_ended) thread.on_wait_ended(thread);
}

void on_timeout(void* context) {
    auto& thread = *static_cast<Thread*>(context);
    // [lab 9: wait and wake]
    thread.context.set_status(thread.timeout_status);
    wake(thread);
    // [/lab]
}

} // namespace

Thread::Thread(const hal::UserContext& begin, memory::AddressSpace& in, std::uint8_t at_priority,
               Left when_left)
    : context(begin), space(in), on_left(when_left), priority(at_priority), own_priority(at_priority),
      timeout(on_timeout, this) {}

void start(Thread& thread) {
    thread.cpu = this_cpu().index;
    make_ready(thread);
}

void stop(Thread& thread) {
    if (thread.has_ended()) return;
    detach(thread);
    thread.state = ThreadState::ended;
    if (runs(thread))
        disturb(cpu_of(thread));
    else
        thread.on_left(thread);
}

void wait(WaitQueue* queue, std::optional<base::Nanoseconds> deadline, std::uint64_t timeout_status) {
    Cpu& cpu = this_cpu();
    Thread& thread = *cpu.current;
    if (deadline && *deadline <= hal::now()) return thread.context.set_status(timeout_status);
    // [lab 9: wait and wake]
    thread.state = queue ? ThreadState::waiting : ThreadState::sleeping;
    if (queue) queue->push_back(thread);
    thread.timeout_status = timeout_status;
    if (deadline) start_timer(thread.timeout, *deadline);
    cpu.must_choose = true;
    // [/lab]
}

bool park(WaitLine* line, std::optional<base::Nanoseconds> deadline, std::uint64_t timeout_status) {
    Cpu& cpu = this_cpu();
    Thread& thread = *cpu.current;
    if (deadline && *deadline <= hal::now()) {
        thread.context.set_status(timeout_status);
        return false;
    }
    thread.state = ThreadState::waiting;
    thread.line = line;
    if (line) line->add(thread);
    thread.timeout_status = timeout_status;
    if (deadline) start_timer(thread.timeout, *deadline);
    cpu.must_choose = true;
    return true;
}

void leave_line(Thread& thread) {
    thread.line = nullptr;
    if (thread.is_linked()) thread.unlink();
}

void wake(Thread& thread) {
    // [lab 9: wait and wake]
    if (thread.state != ThreadState::waiting && thread.state != ThreadState::sleeping) return;
    detach(thread);
    make_ready(thread);
    // [/lab]
}

void suspend(Thread& thread) {
    if (std::exchange(thread.suspended, true) || thread.has_ended()) return;
    if (thread.state == ThreadState::ready) cpu_of(thread).ready.remove(thread);
    if (thread.state != ThreadState::ready && thread.state != ThreadState::running) return;
    thread.state = ThreadState::suspended;
    if (runs(thread)) disturb(cpu_of(thread));
}

void resume(Thread& thread) {
    if (!std::exchange(thread.suspended, false) || thread.state != ThreadState::suspended) return;
    if (runs(thread)) // Its CPU has not come round to leaving it.
        thread.state = ThreadState::running;
    else
        make_ready(thread);
}

void set_priority(Thread& thread, std::uint8_t priority) {
    if (thread.line) {
        WaitLine::remove(thread);
        thread.priority = priority;
        return thread.line->add(thread);
    }
    if (thread.state == ThreadState::ready) {
        cpu_of(thread).ready.remove(thread);
        thread.priority = priority;
        return make_ready(thread);
    }
    thread.priority = priority;
    if (runs(thread)) disturb(cpu_of(thread));
}

void set_affinity(Thread& thread, std::uint32_t affinity) {
    thread.affinity = affinity;
    if (!thread.may_run_on(thread.cpu) && !runs(thread) && thread.state != ThreadState::ready)
        thread.cpu = base::lowest_bit(affinity); // Where it goes on, if nobody chooses: see direct_switch.h.
    if (thread.state == ThreadState::ready) {    // There may be a better place now.
        cpu_of(thread).ready.remove(thread);
        make_ready(thread);
    } else if (runs(thread) && !thread.may_run_on(thread.cpu)) {
        disturb(cpu_of(thread));
    }
}

} // namespace schedule
