// Ending on arm64: PSCI calls to firmware (Arm DEN 0022), and semihosting for an exit status.
#include "hal/power.h"

#include <array>

#include "hal/cpu.h"
#include "platform/arm64/psci.h"

namespace {

namespace psci = platform::psci;

/// QEMU started with -semihosting-config ends with this status (Arm IHI 0011: SYS_EXIT_EXTENDED). Without,
/// the instruction is undefined.
void semihosting_exit(std::uint64_t status) {
    constexpr std::uint64_t exit_extended = 0x20;
    constexpr std::uint64_t application_exit = 0x20026;
    const std::array<std::uint64_t, 2> arguments{application_exit, status};
    register std::uint64_t x0 asm("x0") = exit_extended;
    register const void* x1 asm("x1") = arguments.data();
    asm volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
}

} // namespace

namespace hal {

void power_initialize(const BootInfo&) { psci::initialize(); }

void power_off() {
    psci::call(psci::Function::system_off);
    CurrentCpu::halt();
    __builtin_unreachable();
}

void reboot() {
    psci::call(psci::Function::system_reset);
    CurrentCpu::halt();
    __builtin_unreachable();
}

void power_off_failing() {
    semihosting_exit(1);
    power_off();
}

} // namespace hal
