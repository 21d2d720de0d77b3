// From a checked device tree to hal::BootInfo, part by part.
#include <algorithm>

#include "platform/shared/device_tree.h"
#include "platform/shared/device_tree_addresses.h"
#include "platform/shared/device_tree_fault.h"
#include "platform/shared/device_tree_interrupts.h"
#include "platform/shared/device_tree_memory.h"
#include "platform/shared/device_tree_pci.h"

namespace platform {
namespace {

void discover_machine_name(const DeviceTree& tree, hal::BootInfo& out) {
    const auto model = tree.string(tree.root(), "model");
    out.machine = model ? *model : tree.string(tree.root(), "compatible").value_or("unknown");
}

/// A node's name without its unit address.
std::string_view base_name(std::string_view name) { return name.substr(0, name.find('@')); }

/// What a CPU's `reg` says: one number of `cells` cells, with no size (3.8.1). The only CPU of a machine may
/// go without.
hal::Discovered add_cpu(const DeviceTree& tree, Node node, std::uint32_t cells,
                        std::uint64_t boot_hardware_id, hal::BootInfo& out) {
    const Cells reg = tree.cells(node, "reg");
    if (cells > 2 || reg.size() < cells)
        return tree_fault(abi::Error::corrupt, "reg of {} has {} cells, #address-cells above it is {}",
                          tree.path(node), reg.size(), cells);
    const std::uint64_t id = reg.first(cells).number();
    if (!out.cpus.push_back({id, id == boot_hardware_id})) ++out.omitted;
    return {};
}

hal::Discovered discover_cpus(const DeviceTree& tree, std::uint64_t boot_hardware_id, hal::BootInfo& out) {
    const auto cpus = tree.find("/cpus");
    if (!cpus) return tree_fault(abi::Error::not_found, "there is no /cpus");
    const std::uint32_t cells = tree.cell(*cpus, "#address-cells").value_or(2);
    for (auto node = tree.first_child(*cpus); node; node = tree.next_sibling(*node)) {
        if (base_name(tree.name(*node)) != "cpu" && tree.string(*node, "device_type") != "cpu") continue;
        if (!tree.is_enabled(*node)) continue;
        if (hal::Discovered done = add_cpu(tree, *node, cells, boot_hardware_id, out); !done) return done;
    }
    if (out.cpus.empty()) return tree_fault(abi::Error::not_found, "/cpus lists no CPU that can be used");
    return {};
}

hal::Discovered discover_initrd(const DeviceTree& tree, Node chosen, hal::BootInfo& out) {
    const std::uint64_t start = tree.cells(chosen, "linux,initrd-start").number();
    const std::uint64_t end = tree.cells(chosen, "linux,initrd-end").number();
    if (end < start)
        return tree_fault(abi::Error::corrupt, "/chosen: the initrd ends at {:#x}, before its start at {:#x}",
                          end, start);
    out.initrd = {{start}, end - start};
    return reserve(out.initrd, hal::ReservedFor::initrd, "/chosen", out);
}

hal::Discovered discover_chosen(const DeviceTree& tree, hal::BootInfo& out) {
    const auto chosen = tree.find("/chosen");
    if (!chosen) return {};
    out.command_line = tree.string(*chosen, "bootargs").value_or("");
    return discover_initrd(tree, *chosen, out);
}

/// Whether a node below the root describes something other than devices, however its properties are called.
bool holds_no_devices(const DeviceTree& tree, Node node) {
    constexpr std::string_view others[] = {"cpus", "reserved-memory", "aliases", "__symbols__"};
    return std::ranges::find(others, base_name(tree.name(node))) != std::end(others) ||
           tree.string(node, "device_type") == "memory";
}

/// Adds a node's registers, as far as the CPU sees them. False when they make no sense or find no room.
bool add_registers(const DeviceTree& tree, Node node, Ancestors ancestors, hal::Device& device) {
    const auto reg = RegisterList::of(tree, node, ancestors.back());
    if (!reg) return false;
    for (std::size_t i = 0; i < reg->size(); ++i) {
        const auto range = translate((*reg)[i], ancestors);
        if (range && (wraps(*range) || !device.registers.push_back(*range))) return false;
    }
    return true;
}

void add_device(const DeviceTree& tree, const Walk& walk, InterruptResolver& interrupts, hal::BootInfo& out) {
    hal::Device device;
    device.node = static_cast<std::int32_t>(walk.node());
    device.name = tree.name(walk.node());
    device.compatible = tree.string(walk.node(), "compatible").value_or("");
    const bool complete = add_registers(tree, walk.node(), walk.ancestors(), device) &
                          interrupts.resolve(walk.node(), walk.ancestors(), device);
    const bool found = !device.registers.empty() || !device.interrupts.empty();
    const bool kept = !found || out.devices.push_back(device);
    if (!complete || !kept) ++out.omitted;
}

void discover_devices(const DeviceTree& tree, hal::BootInfo& out) {
    InterruptResolver interrupts(tree);
    Walk walk(tree);
    walk.next(); // The root is no device.
    while (walk.next()) {
        const bool below_root = walk.ancestors().size() == 1;
        if (!tree.is_enabled(walk.node()) || (below_root && holds_no_devices(tree, walk.node()))) {
            walk.skip_children();
            continue;
        }
        add_device(tree, walk, interrupts, out);
        if (is_pci_host(tree, walk.node()) && !add_pci_host(tree, walk, interrupts, out)) ++out.omitted;
        if (!has_whole_ranges(walk.bus(), walk.ancestors().back())) ++out.omitted;
    }
}

} // namespace

hal::Discovered discover(const DeviceTree& tree, std::uint64_t boot_hardware_id, hal::BootInfo& out) {
    discover_machine_name(tree, out);
    discover_devices(tree, out);
    hal::Discovered done = discover_reserved(tree, out);
    if (done) done = discover_chosen(tree, out);
    if (done) done = discover_cpus(tree, boot_hardware_id, out);
    if (done) done = discover_memory(tree, out);
    return done;
}

} // namespace platform
