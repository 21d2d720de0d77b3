// Discovery on rv64: the device tree, which firmware left in a1, with this hart's id in a0.
#include "platform/rv64/discovery.h"

namespace platform {

hal::Discovered discover_machine(base::PhysicalAddress device_tree, base::PhysicalAddress image,
                                 std::uint64_t hart, hal::BootInfo& out) {
    return discover({.device_tree = device_tree, .image = image, .cpu = hart, .console = early_console}, out);
}

} // namespace platform
