// Ending on arm64: PSCI calls to firmware (Arm DEN 0022), and semihosting for an exit status.
#include "hal/power.h"

#include <array>

#include "hal/cpu.h"
#include "platform/shared/device_tree.h"

namespace {

constexpr std::uint64_t psci_system_off = 0x8400'0008;
constexpr std::uint64_t psci_system_reset = 0x8400'0009;

enum class Conduit { none, hypervisor_call, secure_monitor_call };
constinit Conduit conduit = Conduit::none;

Conduit conduit_of(const platform::DeviceTree& tree) {
    auto node = tree.find_compatible("arm,psci-1.0");
    if (!node) node = tree.find_compatible("arm,psci-0.2");
    if (!node) return Conduit::none;
    return tree.string(*node, "method") == "hvc" ? Conduit::hypervisor_call : Conduit::secure_monitor_call;
}

void psci(std::uint64_t function) {
    register std::uint64_t x0 asm("x0") = function;
    if (conduit == Conduit::hypervisor_call) asm volatile("hvc #0" : "+r"(x0)::"memory");
    if (conduit == Conduit::secure_monitor_call) asm volatile("smc #0" : "+r"(x0)::"memory");
}

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

void power_initialize(const BootInfo&) { conduit = conduit_of(platform::device_tree()); }

void power_off() {
    psci(psci_system_off);
    CurrentCpu::halt();
    __builtin_unreachable();
}

void reboot() {
    psci(psci_system_reset);
    CurrentCpu::halt();
    __builtin_unreachable();
}

void power_off_failing() {
    semihosting_exit(1);
    power_off();
}

} // namespace hal
