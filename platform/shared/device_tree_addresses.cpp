// Reads `reg` and translates it, bus by bus, to what the CPU sees (Devicetree Specification 2.3.6, 2.3.8; PCI
// Bus Binding to IEEE 1275, 2.2.1).
#include "platform/shared/device_tree_addresses.h"

#include "platform/shared/device_tree_fault.h"

namespace platform {
namespace {

// The first of a PCI address' three cells: what else is in it (bus, device, prefetchable …) maps nothing.
constexpr std::uint32_t pci_space_mask = 0x0300'0000;
constexpr std::uint32_t pci_memory32 = 0x0200'0000;
constexpr std::uint32_t pci_memory64 = 0x0300'0000;

/// One space for memory, whether its addresses have 32 bits or 64.
std::uint32_t pci_space(std::uint32_t first_cell) {
    const std::uint32_t space = first_cell & pci_space_mask;
    return space == pci_memory64 ? pci_memory32 : space;
}

BusAddress read_address(Cells cells, const Bus& bus) {
    if (bus.address_cells < 3) return {0, cells.number()};
    return {bus.is_pci ? pci_space(cells[0]) : cells[0], cells.behind(1).number()};
}

/// An entry of `ranges`: the child's address, the parent's, and a size.
std::size_t range_cells(const Bus& bus, const Bus& parent) {
    return bus.address_cells + parent.address_cells + bus.size_cells;
}

/// One step up: from an address on `bus` to one on `parent`, where some entry of `ranges` covers all of it.
std::optional<BusAddress> translate_step(const RegisterList::Entry& entry, const Bus& bus,
                                         const Bus& parent) {
    if (!bus.ranges || !bus.is_readable() || !parent.is_readable()) return {};
    if (bus.ranges->empty()) return entry.address;
    const std::size_t addresses = bus.address_cells + parent.address_cells;
    const std::size_t stride = range_cells(bus, parent);
    for (Cells rest(*bus.ranges); stride > 0 && rest.size() >= stride; rest = rest.behind(stride)) {
        const BusAddress from = read_address(rest.first(bus.address_cells), bus);
        BusAddress to = read_address(rest.behind(bus.address_cells).first(parent.address_cells), parent);
        const std::uint64_t size = rest.behind(addresses).first(bus.size_cells).number();
        const std::uint64_t offset = entry.address.value - from.value;
        if (entry.address.space != from.space || offset >= size || entry.size > size - offset) continue;
        to.value += offset;
        return to;
    }
    return {};
}

} // namespace

std::expected<RegisterList, hal::DiscoveryFault> RegisterList::of(const DeviceTree& tree, Node node,
                                                                  const Bus& parent) {
    const auto reg = tree.property(node, "reg");
    if (!reg) return RegisterList(parent, {});
    if (!parent.is_readable())
        return tree_fault(abi::Error::unsupported,
                          "{} has {} address and {} size cells, above it is read 3 and 2",
                          tree.path(parent.node), parent.address_cells, parent.size_cells);
    const RegisterList list(parent, Cells(*reg));
    const std::size_t entry_size = list.entry_cells() * cell_size;
    if (entry_size == 0 || reg->size() % entry_size != 0)
        return tree_fault(abi::Error::corrupt, "reg of {} has {} bytes, not a multiple of {}",
                          tree.path(node), reg->size(), entry_size);
    return list;
}

std::size_t RegisterList::size() const { return cells_.empty() ? 0 : cells_.size() / entry_cells(); }

RegisterList::Entry RegisterList::operator[](std::size_t index) const {
    const Cells entry = cells_.behind(index * entry_cells());
    return {read_address(entry.first(bus_->address_cells), *bus_),
            entry.behind(bus_->address_cells).first(bus_->size_cells).number()};
}

bool has_whole_ranges(const Bus& bus, const Bus& parent) {
    if (!bus.ranges || bus.ranges->empty()) return true;
    const std::size_t stride = range_cells(bus, parent);
    return bus.is_readable() && parent.is_readable() && stride > 0 &&
           bus.ranges->size() % (stride * cell_size) == 0;
}

std::optional<base::PhysicalRange> translate(RegisterList::Entry entry, Ancestors ancestors) {
    if (entry.size == 0) return {};
    // [lab 2: find the registers]
    for (std::size_t level = ancestors.size(); level > 1; --level) {
        const auto step = translate_step(entry, ancestors[level - 1], ancestors[level - 2]);
        if (!step) return {};
        entry.address = *step;
    }
    return base::PhysicalRange{{entry.address.value}, entry.size};
    // [/lab]
}

} // namespace platform
