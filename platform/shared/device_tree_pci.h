// PCI host bridges in the device tree (PCI Bus Binding to IEEE 1275, and the binding pci-host-ecam-generic).
#pragma once

#include "platform/shared/device_tree_interrupts.h"

namespace platform {

/// Whether the node is a PCI host bridge with its configuration space in memory.
bool is_pci_host(const DeviceTree& tree, Node node);

/// Adds the PCI host bridge at which the walk stands: configuration space, buses, memory windows, and where
/// each pin leads. False when something of it makes no sense or finds no room; what does is there.
bool add_pci_host(const DeviceTree& tree, const Walk& walk, InterruptResolver& interrupts,
                  hal::BootInfo& out);

} // namespace platform
