// From boot.S to the kernel: say hello, be ready for faults, find out what machine this is.
#include "hal/boot.h"
#include "hal/console.h"
#include "hal/cpu.h"
#include "hal/trap.h"
#include "kernel/base/log.h"
#include "platform/x64/discovery.h"

namespace {

constinit hal::BootInfo boot_info;

} // namespace

/// Called by boot.S on the boot stack, in the high half. `start_info` is where the loader put its own.
extern "C" [[noreturn]] void platform_entry(std::uint64_t start_info) {
    hal::console_initialize_early();
    // [lab 1: say hello]
    base::print("Hello World from Trivium on x64 (QEMU q35)\n");
    // [/lab]
    hal::current_cpu().emergency_stack_end = reinterpret_cast<std::uintptr_t>(kernel_emergency_stack_end);
    hal::trap_initialize();
    const hal::Discovered found = platform::discover_machine({start_info}, boot_info);
    if (!found) base::panic("{}", found.error().detail);
    kernel_main(boot_info);
}
