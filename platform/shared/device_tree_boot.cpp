// The tree that this machine booted with: found in memory, checked, kept.
#include <optional>

#include "hal/mmu.h"
#include "platform/shared/device_tree_memory.h"

namespace platform {
namespace {

constinit std::optional<DeviceTree> boot_tree;

} // namespace

const DeviceTree& device_tree() { return *boot_tree; }

hal::Discovered discover_device_tree(base::PhysicalAddress blob, std::size_t available,
                                     std::uint64_t boot_hardware_id, hal::BootInfo& out) {
    const auto tree = DeviceTree::check(hal::direct<const void>(blob), available);
    if (!tree) return std::unexpected(tree.error());
    boot_tree = *tree;
    if (auto done = discover(*tree, boot_hardware_id, out); !done) return done;
    return reserve({blob, tree->size()}, hal::ReservedFor::device_tree, "device tree", out);
}

} // namespace platform
