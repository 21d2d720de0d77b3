// A flattened device tree, checked once and then read without fear: typed access over libfdt.
//
// The blob comes from firmware and is not trusted. check() walks all of it; afterwards nothing read through
// this class lies outside of the blob, and every loop is bounded (Devicetree Specification 0.4, chapters 2, 3
// and 5).
//
//     device_tree_check        is this blob well-formed?
//     device_tree              nodes and properties               device_tree_cells.h  values of 32-bit cells
//     device_tree_walk         all nodes, each with its ancestors
//     device_tree_addresses    `reg`, translated through `ranges`
//     device_tree_interrupts   `interrupts`, through interrupt parents and maps
//     device_tree_pci          PCI host bridges: windows, and where their pins lead
//     device_tree_memory       RAM and what is reserved of it
//     device_tree_discovery    all of this as one hal::BootInfo
//     device_tree_print        the whole tree for people
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "hal/boot.h"
#include "platform/shared/device_tree_cells.h"

namespace platform {

/// A node, by its offset in the structure block.
enum class Node : int {};

class DeviceTree {
public:
    /// Deeper trees are refused: walks keep a stack of ancestors. Real trees are less than 12 deep.
    static constexpr int maximum_depth = 32;

    /// Verifies header, blocks and each token of the blob at `blob`, of which `available` bytes may be read.
    /// The fault names the block or the offset that is wrong. The tree keeps no copy: the blob must stay.
    static std::expected<DeviceTree, hal::DiscoveryFault> check(const void* blob, std::size_t available);

    std::size_t size() const;

    Node root() const { return Node{0}; }

    /// Name with unit address; empty for the root.
    std::string_view name(Node node) const;
    /// The full path, for messages; cut from the left when it is very long. Takes a walk from the root.
    base::Text<96> path(Node node) const;
    /// Takes a walk from the root; whoever needs it for many nodes keeps ancestors on the way (see Walk).
    std::optional<Node> parent(Node node) const;
    std::optional<Node> first_child(Node node) const;
    std::optional<Node> next_sibling(Node node) const;
    /// The node at a path, which may begin with an alias; unit addresses may be left out.
    std::optional<Node> find(std::string_view path) const;
    std::optional<Node> find_by_phandle(std::uint32_t phandle) const;
    /// The first enabled node behind `after` that lists `compatible`.
    std::optional<Node> find_compatible(std::string_view compatible, std::optional<Node> after = {}) const;
    /// The node that /chosen names as stdout-path: the console.
    std::optional<Node> console_node() const;
    bool is_compatible(Node node, std::string_view compatible) const;
    /// Whether the node's own status lets it be used; that of its ancestors is not looked at.
    bool is_enabled(Node node) const;

    std::optional<std::span<const std::byte>> property(Node node, std::string_view name) const;
    bool has(Node node, std::string_view property) const;
    /// The first string of a property, or nothing when it is absent or not terminated.
    std::optional<std::string_view> string(Node node, std::string_view property) const;
    /// All whole cells of a property; none when it is absent.
    Cells cells(Node node, std::string_view property) const;
    /// The `index`-th 32-bit cell of a property.
    std::optional<std::uint32_t> cell(Node node, std::string_view property, std::size_t index = 0) const;

    /// The raw blob, for libfdt.
    const void* blob() const { return blob_; }

private:
    explicit DeviceTree(const void* blob) : blob_(blob) {}

    const void* blob_;
};

/// The tree that this machine booted with. Valid after discover_device_tree().
const DeviceTree& device_tree();

/// Fills `out`, which must be empty, from a checked tree: machine, memory, reserved ranges, CPUs, devices
/// with registers translated through `ranges` and interrupts through their parents, initrd, command line.
/// `boot_hardware_id` says which CPU this is.
///
/// What describes memory or CPUs must be right, else the fault says which node is not. A device that makes no
/// sense is left out and counted as omitted: one odd device must not keep a board from booting.
hal::Discovered discover(const DeviceTree& tree, std::uint64_t boot_hardware_id, hal::BootInfo& out);

/// Checks the tree at `blob`, keeps it for device_tree(), and fills `out` from it; the tree itself is listed
/// as reserved.
hal::Discovered discover_device_tree(base::PhysicalAddress blob, std::size_t available,
                                     std::uint64_t boot_hardware_id, hal::BootInfo& out);

/// Prints each node and property, decoded as strings, cells or bytes, in the source format that dtc reads.
void print_device_tree(const DeviceTree& tree, base::Sink sink);

} // namespace platform
