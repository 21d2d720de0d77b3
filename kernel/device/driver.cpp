// Shows the devices that firmware told of to the drivers that the linker collected.
#include "kernel/device/driver.h"

#include <span>

// linker.ld places these around the records of all drivers.
extern "C" const device::Driver kernel_drivers_start[], kernel_drivers_end[];

namespace device {

void probe_drivers(const hal::BootInfo& boot_info) {
    for (const Driver& driver : std::span(kernel_drivers_start, kernel_drivers_end))
        for (const hal::Device& device : boot_info.devices)
            if (device.compatible.view() == driver.compatible) driver.probe(boot_info, device);
}

} // namespace device
