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
#include "kernel/random/random.h"
#include "kernel/schedule/timers.h"
#include "kernel/trace/panic.h"

namespace {

void introduce(const hal::BootInfo& boot_info) {
    base::log("machine: {}, {} CPUs, {} MiB of RAM, {} devices", boot_info.machine, boot_info.cpus.size(),
              boot_info.memory_size() >> 20, boot_info.devices.size());
    base::log("time: {} at {} Hz; interrupts: {} with {} lines", hal::timer_name(), hal::timer_frequency(),
              hal::interrupt_controller_name(), hal::interrupt_line_count());
    if (!boot_info.command_line.view().empty()) base::log("command line: {}", boot_info.command_line);
}

} // namespace

void kernel_main(const hal::BootInfo& boot_info) {
    hal::CurrentCpu::mask_interrupts();
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
    monitor::run(boot_info);
}
