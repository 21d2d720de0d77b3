// What entry.cpp and the early console ask of discovery.
#pragma once

#include "platform/shared/machine.h"

namespace platform {

/// The 16550 of QEMU's virt machine: the one address that is known before discovery.
inline constexpr base::PhysicalRange early_console{{0x1000'0000}, 0x100};

/// Fills `out` from the device tree at `device_tree`; `image` is where the kernel was loaded, `hart` the CPU
/// that runs this.
hal::Discovered discover_machine(base::PhysicalAddress device_tree, base::PhysicalAddress image,
                                 std::uint64_t hart, hal::BootInfo& out);

} // namespace platform
