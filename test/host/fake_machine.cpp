// Brings the kernel up over the fake HAL, and carries interrupts and system calls to its CPUs.
#include "test/host/fake_machine.h"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

#include "hal/trap.h"
#include "kernel/device/interrupts.h"
#include "kernel/memory/kernel_space.h"
#include "kernel/object/table.h"
#include "kernel/process/process.h"
#include "kernel/schedule/cpu.h"
#include "kernel/schedule/scheduler.h"
#include "kernel/schedule/timers.h"
#include "kernel/sync/cpu_request.h"

namespace fake {
namespace {

constexpr hal::InterruptLine action_line{31};

/// What act() was given, until its interrupt's handler has taken it.
std::function<void()> action;

void on_action(void*) { std::exchange(action, nullptr)(); }

hal::BootInfo describe(std::uint64_t ram_size) {
    hal::BootInfo info;
    info.memory.push_back({Machine::ram_start, ram_size});
    info.reserved.push_back({Machine::initrd, hal::ReservedFor::initrd});
    info.early_window = {Machine::ram_start, ram_size};
    info.initrd = Machine::initrd;
    return info;
}

} // namespace

void as_cpu(std::uint32_t cpu, const std::function<void()>& what) {
    const std::uint32_t before = hal::current_cpu().index;
    become_cpu(cpu);
    what();
    become_cpu(before);
}

Machine::Machine(std::uint32_t cpus, std::uint64_t ram_size)
    : ram_(ram_start, ram_size), boot_info_(describe(ram_size)), cpus_(cpus) {
    reset();
    on_notify([this](std::uint32_t cpu) { notify(cpu); });
    platform::Cpu::on_relax = [] { throw PanicException("a CPU waits for what does not come"); };
    new (&locking::kernel_lock) locking::KernelLock;
    static_cast<void>(device::attach(action_line, "test", on_action, nullptr)); // For good, the first time.
    boot();
}

Machine::~Machine() {
    for (auto& cpu : schedule::cpus)
        if (cpu) schedule::cancel_timer(cpu->slice);
    platform::Cpu::on_relax = nullptr;
    reset();
}

void Machine::boot() {
    locking::kernel_lock.take();
    memory::initialize(boot_info_);
    schedule::timers_initialize();
    schedule::initialize(slice);
    for (std::uint32_t cpu = 1; cpu < cpu_count(); ++cpu) schedule::add_cpu(cpu);
    object::initialize();
    for (std::uint32_t cpu = 0; cpu < cpu_count(); ++cpu)
        cpus_.run(cpu, [this, cpu] {
            if (cpu > 0) locking::kernel_lock.take();
            schedule::find_own_part();
            users_[cpu] = &schedule::leave(schedule::this_cpu());
        });
}

/// What another CPU asks for is done at once, or it would wait for ever; that a CPU looks up comes later.
void Machine::notify(std::uint32_t cpu) {
    notified_[cpu] = true;
    as_cpu(cpu, locking::serve_requests);
}

void Machine::interrupt(std::uint32_t cpu, const hal::Claim& claim) {
    as_cpu(cpu, [&] { raise(claim); });
    if (idles(cpu)) return cpus_.wake(cpu);
    cpus_.run(cpu, [this, cpu] {
        hal::UserContext& interrupted = *std::exchange(users_[cpu], nullptr);
        users_[cpu] = &hal::on_user_interrupt(interrupted);
    });
}

void Machine::act(std::uint32_t cpu, std::function<void()> what) {
    action = std::move(what);
    interrupt(cpu, {.kind = hal::Claim::Kind::line, .line = action_line});
}

Answer Machine::call(std::uint32_t cpu, abi::SystemCall number,
                     std::initializer_list<std::uint64_t> arguments) {
    hal::UserContext& context = *users_[cpu];
    auto& caller = static_cast<process::Thread&>(*schedule::cpus[cpu]->current);
    const object::Ref<process::Thread> pin(
        caller); // So that there is something to look at when it has ended.
    context.number = static_cast<std::uint64_t>(number);
    context.status = Answer::none;
    context.repeats = 0;
    context.arguments = {};
    std::ranges::copy(arguments, context.arguments.begin());
    cpus_.run(cpu, [this, cpu] {
        hal::UserContext& caller = *std::exchange(users_[cpu], nullptr);
        users_[cpu] = &hal::on_system_call(caller);
    });
    return {context.status, context.values[0], context.values[1], context.repeats > 0};
}

void Machine::fault(std::uint32_t cpu, const hal::UserFault& fault) {
    fault_ = fault;
    cpus_.run(cpu, [this, cpu] {
        hal::UserContext& faulting = *std::exchange(users_[cpu], nullptr);
        users_[cpu] = &hal::on_user_fault(faulting, fault_);
    });
}

void Machine::take_notice(std::uint32_t cpu) {
    notified_[cpu] = false;
    interrupt(cpu, {.kind = hal::Claim::Kind::notice});
}

bool Machine::take_deadline(std::uint32_t cpu) {
    bool is_due = false;
    as_cpu(cpu, [&] { is_due = deadline() && *deadline() <= now_; });
    if (is_due) interrupt(cpu, {.kind = hal::Claim::Kind::timer});
    return is_due;
}

void Machine::settle() {
    for (bool again = true; again;) {
        again = false;
        for (std::uint32_t cpu = 0; cpu < cpu_count(); ++cpu) {
            if (notified_[cpu]) {
                take_notice(cpu);
                again = true;
            }
            again |= take_deadline(cpu);
        }
    }
}

std::optional<base::Nanoseconds> Machine::next_deadline() {
    std::optional<base::Nanoseconds> first;
    for (std::uint32_t cpu = 0; cpu < cpu_count(); ++cpu)
        as_cpu(cpu, [&] {
            if (deadline() && (!first || *deadline() < *first)) first = deadline();
        });
    return first;
}

void Machine::pass(base::Nanoseconds time) {
    const base::Nanoseconds end = now_ + time;
    settle();
    for (auto next = next_deadline(); next && *next <= end; next = next_deadline()) {
        now_ = std::max(now_, *next);
        set_now(now_);
        settle();
    }
    now_ = end;
    set_now(now_);
}

} // namespace fake
