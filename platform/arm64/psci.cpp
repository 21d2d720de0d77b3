// Calls firmware by the instruction that the device tree names.
#include "platform/arm64/psci.h"

#include "platform/shared/device_tree.h"

namespace platform::psci {
namespace {

enum class Conduit { none, hypervisor_call, secure_monitor_call };
constinit Conduit conduit = Conduit::none;

Conduit conduit_of(const DeviceTree& tree) {
    auto node = tree.find_compatible("arm,psci-1.0");
    if (!node) node = tree.find_compatible("arm,psci-0.2");
    if (!node) return Conduit::none;
    return tree.string(*node, "method") == "hvc" ? Conduit::hypervisor_call : Conduit::secure_monitor_call;
}

} // namespace

void initialize() { conduit = conduit_of(device_tree()); }

/// Firmware may change x4 to x17 (SMCCC 1.0, 3.1).
std::int32_t call(Function function, std::uint64_t first, std::uint64_t second, std::uint64_t third) {
    register std::uint64_t x0 asm("x0") = static_cast<std::uint64_t>(function);
    register std::uint64_t x1 asm("x1") = first;
    register std::uint64_t x2 asm("x2") = second;
    register std::uint64_t x3 asm("x3") = third;
    if (conduit == Conduit::none) return not_supported;
    asm volatile("cbz %w[secure], 1f\n\tsmc #0\n\tb 2f\n1:\thvc #0\n2:"
                 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                 : [secure] "r"(conduit == Conduit::secure_monitor_call)
                 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",
                   "memory");
    return static_cast<std::int32_t>(x0);
}

} // namespace platform::psci
