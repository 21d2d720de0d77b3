// What entry.cpp and the early console ask of discovery.
#pragma once

#include "platform/shared/machine.h"

namespace platform {

/// The PL011 of QEMU's virt machine: the one address that is known before discovery.
inline constexpr base::PhysicalRange early_console{{0x0900'0000}, 0x1000};

/// Fills `out` from the device tree at `device_tree`; `image` is where the kernel was loaded.
hal::Discovered discover_machine(base::PhysicalAddress device_tree, base::PhysicalAddress image,
                                 hal::BootInfo& out);

} // namespace platform
