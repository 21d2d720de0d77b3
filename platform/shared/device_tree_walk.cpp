// Walks a tree, keeping the path from the root to where it is.
#include "platform/shared/device_tree_walk.h"

#include <libfdt.h>

namespace platform {

Bus Bus::of(const DeviceTree& tree, Node node) {
    return {
        .node = node,
        .address_cells = tree.cell(node, "#address-cells").value_or(2),
        .size_cells = tree.cell(node, "#size-cells").value_or(1),
        .is_pci = tree.string(node, "device_type") == "pci",
        .ranges = tree.property(node, "ranges"),
    };
}

bool Walk::next() {
    do {
        offset_ = fdt_next_node(tree_->blob(), offset_, &depth_);
        if (offset_ < 0 || depth_ < 0) return false;
    } while (depth_ > skipped_below_);
    skipped_below_ = DeviceTree::maximum_depth;
    while (path_.size() > static_cast<std::size_t>(depth_)) path_.erase(path_.size() - 1);
    path_.push_back(Bus::of(*tree_, Node{offset_}));
    return true;
}

void Walk::skip_children() { skipped_below_ = depth_; }

} // namespace platform
