// Follows interrupts from the node that raises them to the controller that numbers them.
#include "platform/shared/device_tree_interrupts.h"

#include <algorithm>

#include "platform/shared/device_tree_specifier.h"

namespace platform {
namespace {

using Kind = InterruptDomain::Kind;

// Maps lead upwards in real trees, two or three deep; what goes on for longer runs in circles.
constexpr int maximum_hops = 8;

Kind kind_of(const DeviceTree& tree, Node node) {
    if (!tree.has(node, "#interrupt-cells")) return Kind::none;
    if (!tree.has(node, "interrupt-controller") && tree.has(node, "interrupt-map")) return Kind::nexus;
    return controller_kind(tree, node);
}

/// Whether the first cells of an entry of an interrupt map are what is looked for, where the mask has ones.
bool matches(Cells wanted, Cells entry, Cells mask) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const std::uint32_t care = i < mask.size() ? mask[i] : ~0u;
        if (((wanted[i] ^ entry[i]) & care) != 0) return false;
    }
    return true;
}

} // namespace

// Without #address-cells nothing stands for an address, though it means 2 elsewhere: so have boards been
// written.
InterruptDomain InterruptDomain::of(const DeviceTree& tree, Node node) {
    return {
        .node = node,
        .kind = kind_of(tree, node),
        .address_cells = tree.cell(node, "#address-cells").value_or(0),
        .interrupt_cells = tree.cell(node, "#interrupt-cells").value_or(0),
    };
}

bool InterruptResolver::resolve(Node node, Ancestors ancestors, hal::Device& device) {
    const auto extended = tree_->property(node, "interrupts-extended");
    return extended ? resolve_extended(node, Cells(*extended), device)
                    : resolve_listed(node, ancestors, device);
}

std::optional<hal::InterruptLine> InterruptResolver::resolve(Node domain, Cells address, Cells specifier) {
    const auto at = follow({InterruptDomain::of(*tree_, domain), address, specifier});
    return at ? decode_specifier(at->domain.kind, at->specifier) : std::nullopt;
}

bool InterruptResolver::resolve_listed(Node node, Ancestors ancestors, hal::Device& device) {
    Cells rest = tree_->cells(node, "interrupts");
    if (rest.empty()) return !tree_->has(node, "interrupts");
    const InterruptDomain parent = parent_domain(node, ancestors);
    const std::size_t length = parent.interrupt_cells;
    if (length == 0 || rest.size() % length != 0) return false;
    for (; !rest.empty(); rest = rest.behind(length))
        if (!add({parent, tree_->cells(node, "reg"), rest.first(length)}, device)) return false;
    return true;
}

bool InterruptResolver::resolve_extended(Node node, Cells list, hal::Device& device) {
    while (!list.empty()) {
        const InterruptDomain parent = domain(list[0]);
        list = list.behind(1);
        const std::size_t length = parent.interrupt_cells;
        if (length == 0 || list.size() < length) return false;
        if (!add({parent, tree_->cells(node, "reg"), list.first(length)}, device)) return false;
        list = list.behind(length);
    }
    return true;
}

bool InterruptResolver::add(const Interrupt& interrupt, hal::Device& device) {
    const auto at = follow(interrupt);
    if (!at) return false;
    if (is_unconnected(at->domain.kind, at->specifier)) return true;
    const auto line = decode_specifier(at->domain.kind, at->specifier);
    if (!line) return false;
    // A controller of many CPUs is wired to the same line of each: listed once, it says as much.
    const bool listed = std::ranges::find(device.interrupts, *line) != device.interrupts.end();
    if (at->domain.kind == Kind::cpu && listed) return true;
    return device.interrupts.push_back(*line);
}

/// Through all maps, to the controller that numbers it.
std::optional<InterruptResolver::Interrupt> InterruptResolver::follow(const Interrupt& interrupt) {
    std::optional<Interrupt> at = interrupt;
    for (int hop = 0; at && at->domain.kind == Kind::nexus; ++hop)
        at = hop < maximum_hops ? map(*at) : std::nullopt;
    if (at && at->domain.kind == Kind::none) return {};
    return at;
}

InterruptDomain InterruptResolver::domain(std::uint32_t phandle) {
    Known& known = known_[phandle % known_.size()];
    if (known.phandle != phandle) {
        const auto node = tree_->find_by_phandle(phandle);
        known = {phandle, node ? InterruptDomain::of(*tree_, *node) : InterruptDomain{}};
    }
    return known.domain;
}

/// The nearest `interrupt-parent`, of the node itself or of one above it, unless a node on the way is a
/// domain.
InterruptDomain InterruptResolver::parent_domain(Node node, Ancestors ancestors) {
    if (const auto phandle = tree_->cell(node, "interrupt-parent")) return domain(*phandle);
    for (std::size_t level = ancestors.size(); level > 0; --level) {
        const Node above = ancestors[level - 1].node;
        if (tree_->has(above, "#interrupt-cells")) return InterruptDomain::of(*tree_, above);
        if (const auto phandle = tree_->cell(above, "interrupt-parent")) return domain(*phandle);
    }
    return {};
}

/// One hop through an interrupt map. An entry is the child's address and specifier, then the parent's
/// phandle, and its address and specifier (2.4.3.1); how long it is the parent says.
std::optional<InterruptResolver::Interrupt> InterruptResolver::map(const Interrupt& interrupt) {
    const InterruptDomain& nexus = interrupt.domain;
    const Cells address = interrupt.address.first(nexus.address_cells);
    const std::size_t key = std::size_t{nexus.address_cells} + nexus.interrupt_cells;
    if (address.size() < nexus.address_cells) return {};
    const Cells mask = tree_->cells(nexus.node, "interrupt-map-mask");
    Cells rest = tree_->cells(nexus.node, "interrupt-map");
    while (rest.size() > key) {
        const InterruptDomain parent = domain(rest[key]);
        const Cells target = rest.behind(key + 1);
        const std::size_t length = std::size_t{parent.address_cells} + parent.interrupt_cells;
        if (parent.kind == Kind::none || target.size() < length) return {};
        if (matches(address, rest, mask) &&
            matches(interrupt.specifier, rest.behind(address.size()), mask.behind(address.size())))
            return Interrupt{parent, target.first(parent.address_cells),
                             target.behind(parent.address_cells).first(parent.interrupt_cells)};
        rest = target.behind(length);
    }
    return {};
}

} // namespace platform
