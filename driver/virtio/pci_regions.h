// Where a virtio device on PCI has its registers: vendor capabilities say in which BAR each group of them
// lies (virtio 1.2, 4.1.4).
#pragma once

#include "driver/pci/pci.h"
#include "driver/pci/registers.h"
#include "driver/virtio/transport.h"

namespace driver::virtio {

struct PciRegions {
    pci::Registers common;         ///< Status, features, queues.
    pci::Registers notify;         ///< Where queues are rung …
    std::uint32_t notify_step = 0; ///< … a queue's own place is its number of these further on; may be 0.
    pci::Registers interrupt_status;
    pci::Registers configuration; ///< The device type's own; may be empty.
};

/// Whether the function is a virtio device, of either interface.
bool is_virtio(const pci::Function& function);

/// What it is, as Transport::device_id has it. is_virtio(function).
std::uint32_t virtio_type(const pci::Function& function);

/// Finds and maps all regions. Error::unsupported for a device that has the legacy interface alone,
/// Error::corrupt for one whose capabilities do not lie within its BARs; a line in the log says which.
std::expected<PciRegions, Error> find_regions(const pci::Function& function);

} // namespace driver::virtio
