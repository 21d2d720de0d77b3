// RAM and its reserved parts (Devicetree Specification 3.4, 3.5, 5.3). Whatever is wrong here is a fault:
// memory that is not there, or not free, would be handed out.
#include "platform/shared/device_tree_memory.h"

#include <libfdt.h>

#include <algorithm>

#include "platform/shared/device_tree_addresses.h"
#include "platform/shared/device_tree_fault.h"

namespace platform {
namespace {

using base::PhysicalRange;

bool is_memory(const DeviceTree& tree, Node node) {
    return tree.string(node, "device_type") == "memory" && tree.is_enabled(node) &&
           !tree.has(node, "hotpluggable");
}

/// All of a node's `reg` as ranges: for nodes whose addresses are the CPU's own.
template <class Function>
hal::Discovered for_each_range(const DeviceTree& tree, Node node, const Bus& bus, Function function) {
    const auto reg = RegisterList::of(tree, node, bus);
    if (!reg) return std::unexpected(reg.error());
    for (std::size_t i = 0; i < reg->size(); ++i) {
        const RegisterList::Entry entry = (*reg)[i];
        const PhysicalRange range{{entry.address.value}, entry.size};
        if (entry.address.space != 0 || wraps(range))
            return tree_fault(abi::Error::corrupt, "reg of {}: {:#x} bytes at {:#x} go beyond 64 bits",
                              tree.path(node), range.size, range.start);
        if (hal::Discovered done = function(range); !done) return done;
    }
    return {};
}

/// Merges what overlaps or touches; the ranges must be sorted.
void merge(auto& ranges) {
    // [lab 2: merge the memory]
    std::size_t last = 0;
    while (last + 1 < ranges.size()) {
        PhysicalRange& lower = ranges[last];
        const PhysicalRange& upper = ranges[last + 1];
        if (upper.start > lower.end()) {
            ++last;
            continue;
        }
        lower.size = std::max(lower.end(), upper.end()) - lower.start;
        ranges.erase(last + 1);
    }
    // [/lab]
}

} // namespace

// A bank of size 0 is what boards' own trees hold for the boot loader to fill in: by itself harmless.
hal::Discovered discover_memory(const DeviceTree& tree, hal::BootInfo& out) {
    const Bus root = Bus::of(tree, tree.root());
    const auto add = [&](PhysicalRange range) -> hal::Discovered {
        if (!range.is_empty() && !out.memory.push_back(range)) ++out.omitted;
        return {};
    };
    std::optional<Node> last;
    for (auto node = tree.first_child(tree.root()); node; node = tree.next_sibling(*node)) {
        if (!is_memory(tree, *node)) continue;
        if (hal::Discovered done = for_each_range(tree, *node, root, add); !done) return done;
        last = node;
    }
    if (!last) return tree_fault(abi::Error::not_found, "no memory node below the root can be used");
    if (out.memory.empty())
        return tree_fault(abi::Error::corrupt, "reg of {} lists no byte of memory", tree.path(*last));
    std::ranges::sort(out.memory, {}, &PhysicalRange::start);
    merge(out.memory);
    return {};
}

hal::Discovered discover_reserved(const DeviceTree& tree, hal::BootInfo& out) {
    std::uint64_t address = 0;
    std::uint64_t size = 0;
    for (int i = 0; fdt_get_mem_rsv(tree.blob(), i, &address, &size) == 0 && (address | size) != 0; ++i) {
        const PhysicalRange range{{address}, size};
        hal::Discovered done = reserve(range, hal::ReservedFor::firmware, "memory reservation block", out);
        if (!done) return done;
    }
    const auto parent = tree.find("/reserved-memory");
    if (!parent) return {};
    const Bus bus = Bus::of(tree, *parent);
    for (auto node = tree.first_child(*parent); node; node = tree.next_sibling(*node)) {
        if (!tree.is_enabled(*node)) continue;
        hal::Discovered done = for_each_range(tree, *node, bus, [&](PhysicalRange range) {
            return reserve(range, hal::ReservedFor::firmware, tree.name(*node), out);
        });
        if (!done) return done;
    }
    return {};
}

hal::Discovered reserve(PhysicalRange range, hal::ReservedFor reason, std::string_view where,
                        hal::BootInfo& out) {
    if (range.is_empty()) return {};
    if (wraps(range))
        return tree_fault(abi::Error::corrupt, "{}: {:#x} bytes at {:#x} go beyond 64 bits", where,
                          range.size, range.start);
    if (!out.reserved.push_back({range, reason}))
        return tree_fault(abi::Error::too_large, "{}: more than {} reserved ranges", where,
                          out.reserved.capacity());
    return {};
}

} // namespace platform
