// The kernel from beginning to prompt, as a table of contents.
#include "hal/boot.h"
#include "hal/cpu.h"
#include "hal/interrupt.h"
#include "hal/power.h"
#include "hal/timer.h"
#include "kernel/base/command_line.h"
#include "kernel/base/log.h"
#include "kernel/device/console_input.h"
#include "kernel/device/driver.h"
#include "kernel/memory/kernel_space.h"
#include "kernel/monitor/monitor.h"
#include "kernel/monitor/network.h"
#include "kernel/object/table.h"
#include "kernel/process/console.h"
#include "kernel/process/init.h"
#include "kernel/random/random.h"
#include "kernel/schedule/cpus.h"
#include "kernel/schedule/direct_switch.h"
#include "kernel/schedule/scheduler.h"
#include "kernel/schedule/timers.h"
#include "kernel/trace/panic.h"

namespace {

constinit const hal::BootInfo* machine = nullptr;

void introduce(const hal::BootInfo& boot_info) {
    base::log("machine: {}, {} CPUs, {} MiB of RAM, {} devices", boot_info.machine, boot_info.cpus.size(),
              boot_info.memory_size() >> 20, boot_info.devices.size());
    base::log("time: {} at {} Hz; interrupts: {} with {} lines", hal::timer_name(), hal::timer_frequency(),
              hal::interrupt_controller_name(), hal::interrupt_line_count());
    if (!boot_info.command_line.view().empty()) base::log("command line: {}", boot_info.command_line);
}

/// How long threads of equal priority run in turn: 10 ms, unless slice=MILLISECONDS says otherwise.
base::Nanoseconds slice(const hal::BootInfo& boot_info) {
    return base::milliseconds(base::find_number(boot_info.command_line, "slice").value_or(10));
}

void run_monitor() { monitor::run(*machine); }

} // namespace

void kernel_main(const hal::BootInfo& boot_info) {
    hal::CurrentCpu::mask_interrupts();
    locking::kernel_lock.take();
    machine = &boot_info;
    if (base::find_option(boot_info.command_line, "panic") == "halt") trace::halt_on_panic();

    hal::power_initialize(boot_info);
    memory::initialize(boot_info);
    hal::interrupt_initialize(boot_info);
    hal::timer_initialize(boot_info);
    schedule::timers_initialize();
    device::console_input_initialize(boot_info);

    introduce(boot_info);
    device::probe_drivers(boot_info);
    randomness::initialize();
    monitor::network_initialize(boot_info);

    schedule::initialize(slice(boot_info));
    schedule::start_cpus(boot_info);
    object::initialize();
    schedule::direct_switches_are_on = base::find_option(boot_info.command_line, "fastpath") != "off";
    process::set_monitor(run_monitor);
    if (process::start_init(boot_info)) schedule::run();
    for (;;) run_monitor();
}
