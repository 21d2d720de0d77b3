// Which lines a node interrupts by: `interrupts` through its interrupt parent, or `interrupts-extended`, and
// on through interrupt maps to the controller that numbers them (Devicetree Specification 2.4).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "platform/shared/device_tree_walk.h"

namespace platform {

/// A node that others' interrupts go to, and how a specifier (the words for one interrupt) is read there.
struct InterruptDomain {
    enum class Kind { none, gic, plic, cpu, nexus, other };

    static InterruptDomain of(const DeviceTree& tree, Node node);

    Node node{};
    Kind kind = Kind::none;
    std::uint32_t address_cells = 0;   ///< A nexus also looks at the address of who interrupts.
    std::uint32_t interrupt_cells = 0; ///< The length of a specifier.
};

/// Resolves interrupts; remembers whom phandles mean, for nearly all name the same few controllers.
class InterruptResolver {
public:
    explicit InterruptResolver(const DeviceTree& tree) : tree_(&tree) {}

    /// Adds the lines of `node` to `device`, in its order. False when something does not make sense or finds
    /// no room; the lines before that are there.
    bool resolve(Node node, Ancestors ancestors, hal::Device& device);

    /// The line at which an interrupt arrives that comes to `domain` from `address`, as a bus has them that
    /// lists no nodes for its devices; nothing when it leads nowhere.
    std::optional<hal::InterruptLine> resolve(Node domain, Cells address, Cells specifier);

private:
    struct Known {
        std::uint32_t phandle = 0;
        InterruptDomain domain{};
    };

    /// What is being resolved: a specifier, at a domain, from a place that has an address there.
    struct Interrupt {
        InterruptDomain domain;
        Cells address;
        Cells specifier;
    };

    bool resolve_listed(Node node, Ancestors ancestors, hal::Device& device);
    bool resolve_extended(Node node, Cells list, hal::Device& device);
    bool add(const Interrupt& interrupt, hal::Device& device);
    std::optional<Interrupt> follow(const Interrupt& interrupt);
    InterruptDomain domain(std::uint32_t phandle);
    InterruptDomain parent_domain(Node node, Ancestors ancestors);
    std::optional<Interrupt> map(const Interrupt& interrupt);

    const DeviceTree* tree_;
    std::array<Known, 64> known_{}; // By phandle; a newer one takes the place of an older.
};

} // namespace platform
