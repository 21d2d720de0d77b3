// A machine that is described by a device tree: from what boot.S knows to a whole BootInfo.
#pragma once

#include "hal/boot.h"
#include "platform/shared/device_tree.h"

namespace platform {

/// What is known before discovery. boot.S has mapped, at the direct map's place, the GiB of the image, the
/// GiB of the device tree, and the early console.
struct Loaded {
    base::PhysicalAddress device_tree{};
    base::PhysicalAddress image{};
    std::uint64_t cpu = 0;         ///< The number by which the device tree knows the CPU that runs this.
    base::PhysicalRange console{}; ///< The early console's registers.
};

/// Fills `out`. Call once, before anything that uses BootInfo, device_tree() or hal::image_to_physical.
hal::Discovered discover(const Loaded& loaded, hal::BootInfo& out);

/// The listed device that a node of the device tree became, or null.
const hal::Device* device_of(const hal::BootInfo& boot_info, Node node);

/// The console that firmware chose, if it is of that kind, or else the first of that kind; null when there is
/// none.
const hal::Device* console_of(const hal::BootInfo& boot_info, std::string_view compatible);

} // namespace platform
