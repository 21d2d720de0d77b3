// The device list as people read it, the same whether a device tree or ACPI told of them.
#pragma once

#include "hal/boot.h"

namespace monitor {

/// Prints machine, CPUs and each device with its registers and interrupts.
void print_devices(const hal::BootInfo& boot_info, base::Sink sink);

} // namespace monitor
