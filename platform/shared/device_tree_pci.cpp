// Reads `reg`, `bus-range`, `ranges` and `interrupt-map` of a PCI host bridge.
#include "platform/shared/device_tree_pci.h"

#include <array>

#include "platform/shared/device_tree_addresses.h"

namespace platform {
namespace {

// A PCI address is three cells; of the first these bits matter here (PCI Bus Binding, 2.2.1.1).
constexpr std::size_t pci_address_cells = 3;
constexpr std::uint32_t space_mask = 0x0300'0000;
constexpr std::uint32_t space_memory32 = 0x0200'0000;
constexpr std::uint32_t space_memory64 = 0x0300'0000;
constexpr std::uint32_t space_prefetchable = 0x4000'0000;
constexpr unsigned device_shift = 11;

constexpr std::uint32_t devices_on_a_bus = 32;
constexpr std::uint32_t pins_of_a_device = 4;
constexpr unsigned bus_shift = 20; // Each bus has 1 MiB of configuration space (PCI Express 5.0, 7.2.2).

/// Cells as they would lie in the tree, for a look-up of something that has no node.
template <std::size_t Count>
class MadeCells {
public:
    explicit MadeCells(const std::array<std::uint32_t, Count>& values) {
        for (std::size_t i = 0; i < bytes_.size(); ++i)
            bytes_[i] = static_cast<std::byte>(values[i / cell_size] >> (24 - i % cell_size * 8));
    }

    Cells view() const { return Cells(bytes_); }

private:
    std::array<std::byte, Count * cell_size> bytes_;
};

/// The first entry of `reg`, and the buses whose configuration lies in it; it begins with that of the first.
bool read_configuration(const DeviceTree& tree, const Walk& walk, hal::PciHost& host) {
    const auto reg = RegisterList::of(tree, walk.node(), walk.ancestors().back());
    const auto range = reg && reg->size() > 0 ? translate((*reg)[0], walk.ancestors()) : std::nullopt;
    if (!range || wraps(*range)) return false;
    const std::uint32_t first = tree.cell(walk.node(), "bus-range", 0).value_or(0);
    const std::uint32_t last = tree.cell(walk.node(), "bus-range", 1).value_or(255);
    const std::uint64_t room = range->size >> bus_shift;
    if (first > last || last > 255 || room == 0) return false;
    host.configuration = *range;
    host.first_bus = static_cast<std::uint8_t>(first);
    host.last_bus = static_cast<std::uint8_t>(std::min<std::uint64_t>(last, first + room - 1));
    return true;
}

/// One entry of `ranges`: a PCI address, the parent's address, a size. I/O space is passed over.
bool add_window(Cells entry, Ancestors ancestors, hal::PciHost& host) {
    const std::size_t parent_cells = ancestors.back().address_cells;
    const std::uint32_t space = entry[0] & space_mask;
    if (space != space_memory32 && space != space_memory64) return true;
    const Cells parent = entry.behind(pci_address_cells).first(parent_cells);
    const std::uint64_t size = entry.behind(pci_address_cells + parent_cells).number();
    const auto range = translate({{0, parent.number()}, size}, ancestors);
    return range && !wraps(*range) &&
           host.windows.push_back({.range = *range,
                                   .bus_address = entry.behind(1).first(2).number(),
                                   .prefetchable = (entry[0] & space_prefetchable) != 0,
                                   .is_64_bit = space == space_memory64});
}

bool add_windows(const Walk& walk, hal::PciHost& host) {
    const Bus& bus = walk.bus();
    const Bus& parent = walk.ancestors().back();
    if (bus.address_cells != pci_address_cells || bus.size_cells > 2 || parent.address_cells > 2 ||
        !bus.ranges)
        return false;
    const std::size_t stride = bus.address_cells + parent.address_cells + bus.size_cells;
    bool complete = true;
    for (Cells rest(*bus.ranges); rest.size() >= stride; rest = rest.behind(stride))
        complete &= add_window(rest.first(stride), walk.ancestors(), host);
    return complete;
}

/// Looks up every pin of every device that may be on the first bus. A pin that leads nowhere has no route.
bool add_routes(const DeviceTree& tree, Node node, InterruptResolver& interrupts, hal::PciHost& host) {
    for (std::uint32_t device = 0; device < devices_on_a_bus; ++device)
        for (std::uint32_t pin = 1; pin <= pins_of_a_device; ++pin) {
            const MadeCells<pci_address_cells> address({device << device_shift, 0, 0});
            const auto line = interrupts.resolve(node, address.view(), MadeCells<1>({pin}).view());
            if (line)
                host.routes.push_back(
                    {static_cast<std::uint8_t>(device), static_cast<std::uint8_t>(pin), *line});
        }
    return !host.routes.empty() || !tree.has(node, "interrupt-map");
}

} // namespace

bool is_pci_host(const DeviceTree& tree, Node node) {
    return tree.is_compatible(node, "pci-host-ecam-generic");
}

bool add_pci_host(const DeviceTree& tree, const Walk& walk, InterruptResolver& interrupts,
                  hal::BootInfo& out) {
    hal::PciHost host;
    if (!read_configuration(tree, walk, host)) return false;
    const bool complete = add_windows(walk, host) & add_routes(tree, walk.node(), interrupts, host);
    return out.pci_hosts.push_back(host) && complete;
}

} // namespace platform
