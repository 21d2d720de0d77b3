// The CPUs that did not boot: PSCI starts each in boot.S, from where it comes here.
#include "hal/smp.h"

#include "hal/mmu.h"
#include "hal/trap.h"
#include "platform/arm64/cpu.h"
#include "platform/arm64/psci.h"

extern "C" {
extern char start_secondary[];

/// What boot.S reads while the MMU is off: the root of the kernel's half.
constinit std::uint64_t secondary_kernel_root = 0;
}

namespace {

base::PhysicalAddress kernel_root() {
    std::uint64_t base;
    asm volatile("mrs %0, ttbr1_el1" : "=r"(base));
    return {base};
}

/// Writes a word back to memory, for a reader without caches (Arm ARM D4.4.8).
void clean_to_memory(const std::uint64_t& word) {
    asm volatile("dc cvac, %0\n\tdsb sy" ::"r"(&word) : "memory");
}

} // namespace

namespace platform {

/// Called by boot.S on the CPU's own stack. Its identity map is global: translations of it are dropped.
extern "C" [[noreturn]] void platform_secondary_entry() {
    Mmu::activate_kernel_table(kernel_root());
    hal::trap_initialize();
    kernel_cpu_main();
}

} // namespace platform

namespace hal {

std::expected<void, abi::Error> start_cpu(const Cpu& cpu, CpuLocal& local) {
    namespace psci = platform::psci;
    // [lab 11: start a CPU]
    secondary_kernel_root = kernel_root().value;
    clean_to_memory(secondary_kernel_root);
    const std::int32_t answer =
        psci::call(psci::Function::cpu_on, cpu.hardware_id, image_to_physical(start_secondary).value,
                   reinterpret_cast<std::uintptr_t>(&local));
    if (answer == psci::success) return {};
    return std::unexpected(answer == psci::not_supported ? abi::Error::unsupported : abi::Error::io);
    // [/lab]
}

} // namespace hal
