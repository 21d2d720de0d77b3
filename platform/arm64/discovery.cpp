// Discovery on arm64: the device tree, which firmware left in x0.
#include "platform/arm64/discovery.h"

#include "platform/arm64/cpu.h"

namespace platform {

hal::Discovered discover_machine(base::PhysicalAddress device_tree, base::PhysicalAddress image,
                                 hal::BootInfo& out) {
    return discover(
        {.device_tree = device_tree, .image = image, .cpu = own_affinity(), .console = early_console}, out);
}

} // namespace platform
