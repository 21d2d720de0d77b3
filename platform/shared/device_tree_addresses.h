// Where a node's registers are: `reg` read with its parent's cells and translated through `ranges`.
#pragma once

#include <expected>

#include "platform/shared/device_tree_walk.h"

namespace platform {

/// An address as one bus knows it.
struct BusAddress {
    std::uint32_t space = 0; ///< PCI: which space (memory, I/O or configuration); elsewhere the third cell.
    std::uint64_t value = 0;
};

/// The entries of a node's `reg`, as its parent's bus counts.
class RegisterList {
public:
    struct Entry {
        BusAddress address;
        std::uint64_t size = 0;
    };

    /// Empty when the node has no `reg`. A fault that names the node when its size does not suit the cells of
    /// `parent`, or when those are more than this kernel reads. `parent` must outlive the list.
    static std::expected<RegisterList, hal::DiscoveryFault> of(const DeviceTree& tree, Node node,
                                                               const Bus& parent);

    std::size_t size() const;
    /// `index` must be below size().
    Entry operator[](std::size_t index) const;

private:
    RegisterList(const Bus& bus, Cells cells) : bus_(&bus), cells_(cells) {}

    std::size_t entry_cells() const { return bus_->address_cells + bus_->size_cells; }

    const Bus* bus_;
    Cells cells_;
};

/// The CPU's address of an entry of `reg` of a node below those `ancestors`. Nothing when some bus on the way
/// does not map it: the CPU cannot reach it by memory. Sizes of zero are nothing, too.
std::optional<base::PhysicalRange> translate(RegisterList::Entry entry, Ancestors ancestors);

/// Whether the `ranges` of a bus, if it has any, are whole entries.
bool has_whole_ranges(const Bus& bus, const Bus& parent);

/// Whether a range reaches the end of the address space, where its own end is no address any more.
constexpr bool wraps(const base::PhysicalRange& range) { return range.end() < range.start; }

} // namespace platform
