// Several CPUs on x64: INIT and start-up interrupts (Intel SDM 3A, 8.4.4 and 10.4.7), and notices.
//
//     start_cpu: trampoline into its page, secondary_root, secondary_stack
//         ──INIT, SIPI──> the page, real mode ──> boot.S: takes the stack, which says that it is there
//                         ──> platform_secondary_entry, in the kernel's table, on its stack
#include "hal/smp.h"

#include <algorithm>

#include "hal/mmu.h"
#include "hal/timer.h"
#include "hal/trap.h"
#include "platform/x64/local_apic.h"
#include "platform/x64/smp.h"
#include "platform/x64/vector.h"

extern "C" {
extern char trampoline_start[], trampoline_end[]; // boot.S: position-independent, less than a page.
extern std::uint64_t secondary_root;              // boot.S: the table that the new CPU puts in force.
extern std::uint64_t secondary_stack;             // boot.S: its stack's top, set to 0 when it has taken it.
}

namespace {

using platform::local_apic::StartStep;

constinit base::PhysicalRange trampoline{};

bool is_free(base::PhysicalRange page, const hal::BootInfo& info) {
    return std::ranges::any_of(info.memory, [&](const auto& memory) { return memory.contains(page); }) &&
           std::ranges::none_of(info.reserved, [&](const auto& taken) { return taken.range.overlaps(page); });
}

/// Waits until the new CPU has taken its stack, or `longest` is over.
bool has_come(base::Nanoseconds longest) {
    const base::Nanoseconds begin = hal::now();
    const volatile std::uint64_t& stack = secondary_stack;
    while (stack != 0) {
        if (hal::now() - begin > longest) return false;
        hal::CurrentCpu::relax();
    }
    return true;
}

/// The manual's times: 10 ms behind INIT, and a second start-up interrupt when the first was not heard.
bool start(std::uint32_t local_apic) {
    constexpr base::Nanoseconds after_reset{10'000'000}, after_first{200'000}, after_second{1'000'000'000};
    const auto page = static_cast<std::uint32_t>(trampoline.start.value >> base::page_shift);
    // [lab 11: start a CPU]
    platform::local_apic::send_start(local_apic, StartStep::reset, 0);
    has_come(after_reset);
    platform::local_apic::send_start(local_apic, StartStep::begin, page);
    if (has_come(after_first)) return true;
    platform::local_apic::send_start(local_apic, StartStep::begin, page);
    return has_come(after_second);
    // [/lab]
}

} // namespace

/// Called by boot.S on the new CPU, on its kernel stack and in the kernel's address space.
extern "C" [[noreturn]] void platform_secondary_entry() {
    hal::trap_initialize();
    kernel_cpu_main();
}

namespace platform {

bool reserve_trampoline(hal::BootInfo& out) {
    constexpr std::uint64_t real_mode_end = 0x10'0000;
    for (std::uint64_t page = 0; page < real_mode_end; page += base::page_size) {
        const base::PhysicalRange range{{page}, base::page_size};
        if (!is_free(range, out)) continue;
        trampoline = range;
        return out.reserved.push_back({range, hal::ReservedFor::kernel});
    }
    return true;
}

} // namespace platform

namespace hal {

std::expected<void, abi::Error> start_cpu(const Cpu& cpu, CpuLocal& local) {
    constexpr std::uint64_t local_apic_limit = 0xff; // All of them
    if (trampoline.is_empty() || cpu.hardware_id >= local_apic_limit)
        return std::unexpected(abi::Error::unsupported);
    // [lab 11: start a CPU]
    std::copy(trampoline_start, trampoline_end, direct<char>(trampoline.start));
    secondary_root = Mmu::kernel_table().value;
    secondary_stack = reinterpret_cast<std::uintptr_t>(&local) + kernel_stack_size;
    if (start(static_cast<std::uint32_t>(cpu.hardware_id))) return {};
    secondary_stack = 0; // Should it come after all, it stops.
    return std::unexpected(abi::Error::io);
    // [/lab]
}

void notify_cpu(std::uint32_t index) { platform::local_apic::notify(index); }

} // namespace hal
