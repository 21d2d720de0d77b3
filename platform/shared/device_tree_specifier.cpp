// Reads interrupt specifiers, in the words of each controller's device-tree binding.
#include "platform/shared/device_tree_specifier.h"

#include <algorithm>
#include <iterator>

namespace platform {
namespace {

using Kind = InterruptDomain::Kind;

// The controllers of the bindings arm,gic and arm,gic-v3: all read a specifier alike.
constexpr std::string_view gic_names[] = {
    "arm,gic-v3",
    "arm,gic-400",
    "arm,cortex-a15-gic",
    "arm,cortex-a9-gic",
    "arm,cortex-a7-gic",
    "qcom,msm-qgic2",
    "arm,pl390",
    "arm,cortex-a5-gic",
    "arm,eb11mp-gic",
    "arm,arm11mp-gic",
    "arm,tc11mp-gic",
    "brcm,brahma-b15-gic",
    "arm,arm1176jzf-devchip-gic",
    "qcom,msm-8660-qgic",
    "nvidia,tegra210-agic",
};
constexpr std::string_view plic_names[] = {"sifive,plic-1.0.0", "riscv,plic0", "thead,c900-plic"};

/// What the first cell of a GIC specifier may say: where the INTIDs of that type begin, and how many there
/// are (GICv3 2.2.1).
struct GicType {
    std::uint32_t first;
    std::uint32_t count;
};

constexpr GicType gic_types[] = {
    {32, 988},    // 0: shared (SPI)
    {16, 16},     // 1: private to a CPU (PPI)
    {4096, 1024}, // 2: shared, extended range
    {1056, 64},   // 3: private, extended range
};

// The low bits of its third cell.
constexpr std::uint32_t falling_edge = 2;
constexpr std::uint32_t any_edge = 1 | falling_edge;
constexpr std::uint32_t low_level = 8;

std::optional<hal::InterruptLine> decode_gic(Cells specifier) {
    // [lab 2: decode an interrupt]
    if (specifier.size() < 3 || specifier[0] >= std::size(gic_types)) return {};
    const GicType& type = gic_types[specifier[0]];
    if (specifier[1] >= type.count) return {};
    return hal::InterruptLine{.number = type.first + specifier[1],
                              .edge_triggered = (specifier[2] & any_edge) != 0,
                              .active_low = (specifier[2] & (falling_edge | low_level)) != 0};
    // [/lab]
}

} // namespace

InterruptDomain::Kind controller_kind(const DeviceTree& tree, Node node) {
    const auto listed = [&](std::string_view name) { return tree.is_compatible(node, name); };
    if (std::ranges::any_of(gic_names, listed)) return Kind::gic;
    if (std::ranges::any_of(plic_names, listed)) return Kind::plic;
    return listed("riscv,cpu-intc") ? Kind::cpu : Kind::other;
}

// A PLIC's contexts are told by their place, so that one without a hart behind it needs an entry (binding
// sifive,plic-1.0.0).
bool is_unconnected(InterruptDomain::Kind kind, Cells specifier) {
    return kind == Kind::cpu && !specifier.empty() && specifier[0] == ~0u;
}

std::optional<hal::InterruptLine> decode_specifier(InterruptDomain::Kind kind, Cells specifier) {
    // [lab 2: decode an interrupt]
    if (specifier.empty()) return {};
    if (kind == Kind::gic) return decode_gic(specifier);
    if (kind == Kind::plic && specifier[0] == 0) return {}; // Its source 0 means none (PLIC 1.4).
    return hal::InterruptLine{.number = specifier[0]};
    // [/lab]
}

} // namespace platform
