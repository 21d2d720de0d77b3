// Choosing who runs, and switching.
#include "kernel/schedule/scheduler.h"

#include <utility>

#include "hal/timer.h"
#include "kernel/schedule/cpu.h"
#include "kernel/schedule/idle.h"
#include "kernel/schedule/timers.h"

namespace schedule {

constinit std::array<std::optional<Cpu>, hal::max_cpus> cpus;
constinit std::uint32_t cpu_total = 0;

namespace {

constinit base::Nanoseconds slice_length{};
constinit bool users_paused = false;
constinit Interlude interlude = nullptr;

/// Takes the next thread out of its queue; null when this CPU has nothing to run.
Thread* take_next(Cpu& cpu) { return users_paused ? nullptr : take_best(cpu); }

/// Counts what a thread has run up to now.
void account(Thread& thread, base::Nanoseconds now) {
    const base::Nanoseconds ran = now - thread.run_since;
    thread.run_time = thread.run_time + ran;
    thread.slice_used = thread.slice_used + ran;
    thread.run_since = now;
}

/// A thread that could go on goes back to the queue: to its front, unless its turn is over.
void put_back(Cpu& cpu, Thread& thread) {
    const bool turn_is_over = std::exchange(cpu.turn_is_over, false);
    if (thread.state != ThreadState::running) return;
    if (turn_is_over) thread.slice_used = {};
    if (!thread.may_run_on(cpu.index)) return make_ready(thread);
    thread.state = ThreadState::ready;
    // [lab 9: end a turn]
    turn_is_over ? cpu.ready.push_back(thread) : cpu.ready.push_front(thread);
    // [/lab]
}

/// Ends a thread's time on this CPU. What had ended may be freed by this.
void part_with(Cpu& cpu, Thread& thread) {
    cpu.current = nullptr;
    if (thread.fpu_live) {
        // [lab 9: keep the floating-point registers]
        hal::Fpu::save(*thread.fpu);
        hal::Fpu::disable();
        thread.fpu_live = false;
        // [/lab]
    }
    if (!thread.has_ended()) return;
    memory::AddressSpace::activate(nullptr);
    thread.on_left(thread);
}

bool interlude_is_due(const Cpu& cpu) { return cpu.index == 0 && interlude; }

/// Interrupts that this CPU has taken while it slept in the kernel.
void dispatch_what_waits(Cpu& cpu) {
    if (std::exchange(cpu.interrupts_wait, false)) device::dispatch_interrupts();
}

/// Waits for something to run; other CPUs and interrupts bring it.
Thread& idle(Cpu& cpu) {
    memory::AddressSpace::activate(nullptr);
    cancel_timer(cpu.slice);
    cpu.idle_since = hal::now();
    for (;;) {
        if (interlude_is_due(cpu)) std::exchange(interlude, nullptr)();
        dispatch_what_waits(cpu);
        cpu.must_choose = false;
        if (Thread* const next = take_next(cpu)) {
            cpu.idle_time = cpu.idle_time + (hal::now() - cpu.idle_since);
            return *next;
        }
        idle_once();
    }
}

/// When the turn of the running thread is over.
base::Nanoseconds turn_end(const Thread& thread) {
    // [lab 9: end a turn]
    const auto left =
        thread.slice_used < slice_length ? slice_length - thread.slice_used : base::Nanoseconds{};
    return thread.run_since + left;
    // [/lab]
}

/// Equals take turns by the clock; who is alone is not interrupted. A timer that will ring too early is left
/// as it is: when it rings it is set to what is left (on_slice), and most turns end long before.
void arm_slice(Cpu& cpu, const Thread& thread) {
    if (!cpu.ready.has(thread.priority)) {
        if (cpu.slice.is_queued()) cancel_timer(cpu.slice);
        return;
    }
    // [lab 9: end a turn]
    const base::Nanoseconds end = turn_end(thread);
    if (!cpu.slice.is_queued() || end < cpu.slice.deadline()) start_timer(cpu.slice, end);
    // [/lab]
}

/// Lets a thread run, or go on.
void switch_to(Cpu& cpu, Thread& thread, base::Nanoseconds now) {
    thread.state = ThreadState::running;
    thread.cpu = cpu.index;
    if (cpu.current != &thread) {
        cpu.current = &thread;
        ++thread.switches;
        thread.run_since = now;
        memory::AddressSpace::activate(&thread.space);
    }
    arm_slice(cpu, thread);
}

/// This CPU has slept in the kernel: it is to look for interrupts before it leaves. (One that has just been
/// started may not be ours yet; it is going to look anyway.)
void look_for_interrupts() {
    auto& cpu = cpus[hal::current_cpu().index];
    if (!cpu) return;
    cpu->interrupts_wait = true;
    cpu->must_choose = true;
}

} // namespace

void choose(Cpu& cpu) {
    dispatch_what_waits(cpu);
    Thread* const before = cpu.current;
    cpu.must_choose = false;
    const base::Nanoseconds now = hal::now();
    if (before) {
        account(*before, now);
        put_back(cpu, *before);
    }
    Thread* const next = interlude_is_due(cpu) ? nullptr : take_next(cpu);
    const bool is_passed_over = before && next != before && before->state == ThreadState::ready;
    if (before && next != before) part_with(cpu, *before);
    if (!next) {
        Thread& woken = idle(cpu);
        return switch_to(cpu, woken, hal::now());
    }
    switch_to(cpu, *next, now);
    if (is_passed_over && cpu_count() > 1) move_aside(*before);
}

void on_slice(Cpu& cpu) {
    if (!cpu.current) return;
    // [lab 9: end a turn]
    const base::Nanoseconds end = turn_end(*cpu.current);
    if (hal::now() < end)
        start_timer(cpu.slice, end);
    else
        cpu.end_turn();
    // [/lab]
}

void initialize(base::Nanoseconds slice) {
    for (auto& cpu : cpus) cpu.reset(); // For tests, which boot several machines one after the other.
    cpu_total = 0;
    slice_length = slice;
    add_cpu(0);
    find_own_part();
    locking::set_on_slept(look_for_interrupts);
}

void add_cpu(std::uint32_t index) {
    cpus[index].emplace(index);
    cpus[index]->since = hal::now();
    ++cpu_total;
}

void find_own_part() { hal::current_cpu().scheduler = &*cpus[hal::current_cpu().index]; }

void run() { hal::enter_user(leave(this_cpu())); }

bool open_fpu() {
    Thread& thread = *this_cpu().current;
    if (!thread.fpu) thread.fpu = new hal::Fpu::State{};
    if (!thread.fpu) return false;
    hal::Fpu::enable();
    hal::Fpu::load(*thread.fpu);
    thread.fpu_live = true;
    return true;
}

void pause_users(bool paused) {
    users_paused = paused;
    for (auto& cpu : cpus)
        if (cpu) disturb(*cpu);
}

void request_interlude(Interlude act) {
    interlude = act;
    disturb(*cpus[0]);
}

CpuTimes times_of(std::uint32_t cpu) {
    const base::Nanoseconds whole = hal::now() - cpus[cpu]->since;
    base::Nanoseconds idle = cpus[cpu]->idle_time;
    if (!cpus[cpu]->current) idle = idle + (hal::now() - cpus[cpu]->idle_since);
    return {.idle = idle, .busy = whole - idle};
}

base::Nanoseconds run_time(const Thread& thread) {
    return runs(thread) ? thread.run_time + (hal::now() - thread.run_since) : thread.run_time;
}

} // namespace schedule
