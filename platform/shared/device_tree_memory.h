// RAM, and which parts of it hold something already.
#pragma once

#include "platform/shared/device_tree.h"

namespace platform {

/// Lists the RAM of all enabled memory nodes, sorted and merged. The fault names the node that is wrong.
hal::Discovered discover_memory(const DeviceTree& tree, hal::BootInfo& out);

/// Lists what the tree reserves: its memory reservation block, and the fixed ranges of /reserved-memory.
hal::Discovered discover_reserved(const DeviceTree& tree, hal::BootInfo& out);

/// Lists one reserved range; `where` names it in a fault. Unlike memory, it must not be lost: a fault when
/// there is no room for it.
hal::Discovered reserve(base::PhysicalRange range, hal::ReservedFor reason, std::string_view where,
                        hal::BootInfo& out);

} // namespace platform
