// All nodes of a device tree in its order, each with its ancestors at hand: libfdt would search them anew
// from the root every time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "kernel/base/static_vector.h"
#include "platform/shared/device_tree.h"

namespace platform {

/// How a node addresses its children (Devicetree Specification 2.3.5, 2.3.8).
struct Bus {
    static Bus of(const DeviceTree& tree, Node node);

    /// Whether addresses are of a kind that fits 64 bits: up to two cells, and PCI's three.
    bool is_readable() const { return address_cells <= 3 && size_cells <= 2; }

    Node node{};
    std::uint32_t address_cells = 2;
    std::uint32_t size_cells = 1;
    bool is_pci = false;
    /// Maps the children's addresses to the parent's. Absent: the parent cannot reach them; empty: they are
    /// the same.
    std::optional<std::span<const std::byte>> ranges{};
};

/// The nodes above a node: the root first, the parent last.
using Ancestors = std::span<const Bus>;

/// A walk through all nodes in the tree's own order; parents come before their children.
class Walk {
public:
    /// Stands before the root.
    explicit Walk(const DeviceTree& tree) : tree_(&tree) {}

    /// Goes on to the next node; false when there is none.
    bool next();
    /// Makes next() pass over what lies below the current node.
    void skip_children();

    Node node() const { return bus().node; }

    /// The current node, as its children see it.
    const Bus& bus() const { return path_.back(); }

    Ancestors ancestors() const { return {path_.begin(), path_.size() - 1}; }

private:
    const DeviceTree* tree_;
    base::StaticVector<Bus, DeviceTree::maximum_depth> path_; // The current node last.
    int offset_ = -1;
    int depth_ = -1;                                // Of the current node; the root's is 0.
    int skipped_below_ = DeviceTree::maximum_depth; // Nodes deeper than this are passed over.
};

} // namespace platform
