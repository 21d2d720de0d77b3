// From boot.S to the kernel: say hello, be ready for faults, find out what machine this is.
#include "hal/boot.h"
#include "hal/console.h"
#include "hal/cpu.h"
#include "hal/trap.h"
#include "kernel/base/log.h"
#include "platform/arm64/discovery.h"

namespace {

constinit hal::BootInfo boot_info;

} // namespace

/// Called by boot.S on the boot stack, in the high half. `device_tree` is where firmware put it, `image`
/// where the kernel lies.
extern "C" [[noreturn]] void platform_entry(std::uint64_t device_tree, std::uint64_t image) {
    hal::console_initialize_early();
    // [lab 1: say hello]
    base::print("Hello World from Trivium on arm64 (QEMU virt)\n");
    // [/lab]
    hal::current_cpu().emergency_stack_end = reinterpret_cast<std::uintptr_t>(kernel_emergency_stack_end);
    hal::trap_initialize();
    const hal::Discovered found = platform::discover_machine({device_tree}, {image}, boot_info);
    if (!found) base::panic("{}", found.error().detail);
    kernel_main(boot_info);
}
