// From boot.S to the kernel: say hello, be ready for faults, find out what machine this is.
#include "hal/boot.h"
#include "hal/console.h"
#include "hal/cpu.h"
#include "hal/mmu.h"
#include "hal/trap.h"
#include "kernel/base/log.h"
#include "platform/rv64/discovery.h"
#include "platform/rv64/fpu.h"
#include "platform/rv64/hart.h"

namespace {

constinit hal::BootInfo boot_info;

} // namespace

/// Called by boot.S on the boot stack, in the high half. `device_tree` is where firmware put it, `image`
/// where the kernel lies, `hart` the CPU that firmware chose to boot: not always 0.
extern "C" [[noreturn]] void platform_entry(std::uint64_t device_tree, std::uint64_t image,
                                            std::uint64_t hart) {
    hal::console_initialize_early();
    // [lab 1: say hello]
    base::print("Hello World from Trivium on rv64 (QEMU virt)\n");
    // [/lab]
    hal::CpuLocal& local = hal::current_cpu();
    local.emergency_stack_end = reinterpret_cast<std::uintptr_t>(kernel_emergency_stack_end);
    local.platform[platform::hart_id] = hart;
    hal::trap_initialize();
    platform::Mmu::initialize();
    platform::Fpu::initialize();
    const hal::Discovered found = platform::discover_machine({device_tree}, {image}, hart, boot_info);
    if (!found) base::panic("{}", found.error().detail);
    platform::park_other_harts(boot_info);
    kernel_main(boot_info);
}
