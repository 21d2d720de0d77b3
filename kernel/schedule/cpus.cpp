// The boot CPU starts the others one after the other; each joins the scheduler by itself.
#include "kernel/schedule/cpus.h"

#include <atomic>

#include "hal/interrupt.h"
#include "hal/smp.h"
#include "hal/timer.h"
#include "kernel/base/log.h"
#include "kernel/memory/kernel_stacks.h"
#include "kernel/schedule/scheduler.h"
#include "kernel/trace/panic.h"

namespace schedule {
namespace {

/// On one thread of the host, as under -icount, QEMU gives each CPU a tenth of a second in its turn.
constexpr base::Nanoseconds patience = base::seconds(3);

constinit std::atomic<std::uint32_t> cpus_that_came = 1;

/// Whether one more CPU has announced itself before its time was up.
bool has_come(std::uint32_t expected) {
    const base::Nanoseconds deadline = hal::now() + patience;
    while (cpus_that_came.load(std::memory_order_acquire) != expected) {
        if (hal::now() > deadline) return false;
        hal::CurrentCpu::relax();
    }
    return true;
}

bool start_one(const hal::Cpu& cpu, std::uint32_t index) {
    const auto local = memory::create_kernel_stacks(index);
    const auto started = local ? hal::start_cpu(cpu, **local) : std::unexpected(local.error());
    if (started && has_come(index + 1)) return true;
    if (started)
        base::log("smp: cpu{} ({:#x}) was started and did not come", index, cpu.hardware_id);
    else
        base::log("smp: cpu{} ({:#x}) cannot be started: {}", index, cpu.hardware_id, started.error());
    return false;
}

void give_up() {
    locking::kernel_lock.drop();
    hal::CurrentCpu::halt();
}

} // namespace

void start_cpus(const hal::BootInfo& boot_info) {
    std::uint32_t index = 1;
    for (const hal::Cpu& cpu : boot_info.cpus) {
        if (cpu.is_boot_cpu) continue;
        if (index == hal::max_cpus) {
            base::log("smp: the machine has {} CPUs, of which {} are used", boot_info.cpus.size(), index);
            return;
        }
        if (!start_one(cpu, index)) return; // Its stack may yet be used: no other CPU gets its number.
        add_cpu(index++);
        trace::stop_cpus_on_panic(index);
    }
    if (index > 1) base::log("smp: {} CPUs are up", index);
}

} // namespace schedule

void kernel_cpu_main() {
    hal::interrupt_initialize_cpu();
    hal::timer_initialize_cpu();
    schedule::cpus_that_came.fetch_add(1, std::memory_order_release);
    locking::kernel_lock.take(); // The boot CPU has it until there is work.
    if (!schedule::cpus[hal::current_cpu().index]) schedule::give_up(); // It came too late.
    schedule::find_own_part();
    schedule::run();
}
