// Discovery on arm64: the device tree, which firmware left in x0.
#include "platform/arm64/discovery.h"

namespace {

/// This CPU's affinity, which is how the device tree numbers CPUs (Arm ARM D13.2.98, MPIDR_EL1).
std::uint64_t hardware_id() {
    std::uint64_t mpidr;
    asm volatile("mrs %0, mpidr_el1" : "=r"(mpidr));
    return mpidr & 0xff'00ff'ffff;
}

} // namespace

namespace platform {

hal::Discovered discover_machine(base::PhysicalAddress device_tree, base::PhysicalAddress image,
                                 hal::BootInfo& out) {
    return discover(
        {.device_tree = device_tree, .image = image, .cpu = hardware_id(), .console = early_console}, out);
}

} // namespace platform
