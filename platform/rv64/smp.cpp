// The harts that did not boot: asleep in firmware until the kernel starts them (SBI 1.0, chapters 7 and 9).
#include "hal/smp.h"

#include <array>

#include "hal/mmu.h"
#include "hal/timer.h"
#include "hal/trap.h"
#include "kernel/base/log.h"
#include "platform/rv64/barrier.h"
#include "platform/rv64/hart.h"
#include "platform/rv64/sbi.h"

extern "C" {
extern char image_header[];

/// boot.S turns the MMU of a started hart on by it: the kernel's half, and no user space.
constinit std::uint64_t satp_of_started_harts = 0;

/// boot.S lets this hart go on, with this CpuLocal, and parks all others.
constinit struct {
    std::uint64_t hart = ~std::uint64_t{0};
    hal::CpuLocal* local = nullptr;
} hart_to_start;
}

namespace {

/// Which hart is which CPU; those that have not been started are no CPU yet.
constinit std::array<std::uint64_t, hal::max_cpus> harts{};

constexpr base::Nanoseconds patience{1'000'000'000};

/// A parked hart is on its way into sleep for a moment after it was told to.
platform::sbi::Result wait_until_stopped(std::uint64_t hart) {
    const base::Nanoseconds start = hal::now();
    for (;;) {
        const platform::sbi::Result state = platform::sbi::hart_state(hart);
        const bool stopped = state.value == static_cast<std::uint64_t>(platform::sbi::HartState::stopped);
        if (state.error != 0 || stopped || hal::now().value - start.value > patience.value) return state;
        hal::CurrentCpu::relax();
    }
}

/// All harts begin at the image's start, and with nothing but their number: see boot.S.
platform::sbi::Result start(std::uint64_t hart) {
    return platform::sbi::start_hart(hart, hal::image_to_physical(image_header).value, 0);
}

abi::Error error_of(std::int64_t error) {
    return error == platform::sbi::not_supported ? abi::Error::unsupported : abi::Error::io;
}

} // namespace

namespace platform {

/// OpenSBI 1.1, which comes with QEMU 7.2, leaves its wake-up signal pending on the harts that it keeps, so
/// that each of them spins around a WFI and a core of the host with it. On a hart that was started it is
/// served; it can then be stopped, and sleeps.
void park_other_harts(const hal::BootInfo& boot_info) {
    for (const hal::Cpu& cpu : boot_info.cpus)
        if (cpu.is_boot_cpu)
            harts[0] = cpu.hardware_id;
        else
            start(cpu.hardware_id);
}

/// Called by boot.S on the stack that start_cpu() was given.
extern "C" [[noreturn]] void platform_hart_entry() {
    hal::trap_initialize();
    kernel_cpu_main();
}

} // namespace platform

namespace hal {

std::expected<void, abi::Error> start_cpu(const Cpu& cpu, CpuLocal& local) {
    const std::uint64_t hart = cpu.hardware_id;
    if (const auto state = wait_until_stopped(hart); state.error != 0)
        return std::unexpected(error_of(state.error));
    // [lab 11: start a CPU]
    harts[local.index] = hart;
    local.platform[platform::hart_id] = hart;
    satp_of_started_harts = platform::Mmu::kernel_satp();
    hart_to_start = {hart, &local};
    platform::Barrier::full();
    const auto started = start(hart);
    if (started.error != 0) return std::unexpected(error_of(started.error));
    return {};
    // [/lab]
}

/// What was written before is seen by whoever has been interrupted.
void notify_cpu(std::uint32_t index) {
    // [lab 11: notify a CPU]
    platform::Barrier::full();
    platform::sbi::interrupt_hart(harts[index]);
    // [/lab]
}

} // namespace hal
