// Is a blob a well-formed device tree? Every byte that is read later is accounted for here, in linear time.
#include <libfdt.h>

#include "platform/shared/device_tree.h"
#include "platform/shared/device_tree_fault.h"

namespace platform {
namespace {

using abi::Error;

constexpr std::uint32_t oldest_version = 16; // Before it, properties were laid out otherwise.
constexpr std::uint32_t newest_version =
    17; // The format that this code knows (Devicetree Specification 5.2).

// Real names are far below this; a limit makes reading all names linear however they overlap.
constexpr std::size_t longest_name = 255;

/// One of the three blocks that the header points at.
struct Block {
    std::string_view name;
    std::uint64_t start;
    std::uint64_t size;
    std::uint64_t alignment;
};

hal::Discovered check_version(const void* blob) {
    const std::uint32_t version = fdt_version(blob);
    const std::uint32_t compatible = fdt_last_comp_version(blob);
    if (version < oldest_version || compatible > newest_version || version < compatible)
        return tree_fault(Error::unsupported, "version {}, compatible back to {}, is not one of {} to {}",
                          version, compatible, oldest_version, newest_version);
    return {};
}

hal::Discovered check_block(const Block& block, std::size_t total) {
    if (block.start % block.alignment != 0)
        return tree_fault(Error::misaligned, "{} block at {:#x} is not aligned to {}", block.name,
                          block.start, block.alignment);
    if (block.start < sizeof(fdt_header) || block.start > total || block.size > total - block.start)
        return tree_fault(Error::corrupt, "{} block at {:#x}, {} bytes, is not inside of the blob's {} bytes",
                          block.name, block.start, block.size, total);
    return {};
}

hal::Discovered check_header(const void* blob, std::size_t available) {
    if (reinterpret_cast<std::uintptr_t>(blob) % 8 != 0)
        return tree_fault(Error::misaligned, "its address {:#x} is not a multiple of 8",
                          reinterpret_cast<std::uintptr_t>(blob));
    if (available < sizeof(fdt_header))
        return tree_fault(Error::corrupt, "header needs {} bytes, only {} are there", sizeof(fdt_header),
                          available);
    if (fdt_magic(blob) != FDT_MAGIC)
        return tree_fault(Error::corrupt, "magic number at offset 0 is {:#x}, not {:#x}", fdt_magic(blob),
                          FDT_MAGIC);
    if (const auto version = check_version(blob); !version) return version;
    const std::uint32_t total = fdt_totalsize(blob);
    if (total < sizeof(fdt_header) || total > available || total > INT32_MAX)
        return tree_fault(Error::corrupt, "header says {} bytes, but {} are there", total, available);
    return {};
}

/// The structure block; its size is known only from version 17 on.
Block structure_block(const void* blob) {
    const std::uint64_t start = fdt_off_dt_struct(blob);
    const std::uint64_t rest = fdt_totalsize(blob) - std::min<std::uint64_t>(start, fdt_totalsize(blob));
    return {"structure", start, fdt_version(blob) >= newest_version ? fdt_size_dt_struct(blob) : rest, 4};
}

hal::Discovered check_blocks(const void* blob) {
    const Block blocks[] = {
        {"memory reservation", fdt_off_mem_rsvmap(blob), sizeof(fdt_reserve_entry), 8},
        structure_block(blob),
        {"strings", fdt_off_dt_strings(blob), fdt_size_dt_strings(blob), 1},
    };
    for (const Block& block : blocks)
        if (const auto inside = check_block(block, fdt_totalsize(blob)); !inside) return inside;
    return {};
}

/// The memory reservation block has no size: an entry of zeros ends it (5.3.1).
hal::Discovered check_reservations(const void* blob) {
    std::uint64_t address = 0;
    std::uint64_t size = 0;
    for (int entry = 0; fdt_get_mem_rsv(blob, entry, &address, &size) == 0; ++entry)
        if (address == 0 && size == 0) return {};
    return tree_fault(Error::corrupt, "memory reservation block at {:#x} has no end inside of the blob",
                      fdt_off_mem_rsvmap(blob));
}

bool is_terminated(const char* text, std::size_t available) {
    return std::string_view(text, std::min(available, longest_name + 1)).contains('\0');
}

/// The tokens of the structure block, one by one (5.4.2: properties first, then subnodes, all within a root).
class StructureCheck {
public:
    explicit StructureCheck(const void* blob) : blob_(blob) {}

    hal::Discovered run() {
        for (;;) {
            int next = 0;
            const std::uint32_t token = fdt_next_tag(blob_, offset_, &next);
            if (next < 0) return fault("a token is unknown or cut off");
            if (const auto right = check(token); !right) return right;
            if (token == FDT_END) return {};
            offset_ = next;
        }
    }

private:
    hal::Discovered check(std::uint32_t token) {
        switch (token) {
        case FDT_BEGIN_NODE: return begin_node();
        case FDT_PROP: return property();
        case FDT_END_NODE: return end_node();
        case FDT_END: return root_closed_ ? hal::Discovered{} : fault("the tree ends inside of a node");
        default: return {};
        }
    }

    hal::Discovered begin_node() {
        if (root_closed_) return fault("a second root node begins");
        if (++depth_ > DeviceTree::maximum_depth) return fault("nodes are nested too deeply");
        const auto* header = static_cast<const fdt_node_header*>(at(sizeof(fdt_node_header)));
        if (!is_terminated(header->name, remaining() - sizeof *header))
            return fault("a node's name is too long");
        properties_allowed_ = true;
        return {};
    }

    hal::Discovered end_node() {
        if (depth_ == 0) return fault("a node ends that never began");
        root_closed_ = --depth_ == 0;
        properties_allowed_ = false;
        return {};
    }

    hal::Discovered property() {
        if (!properties_allowed_) return fault("a property stands outside of a node or behind its subnodes");
        // libfdt's own check of the length overflows near 2^32: it finds such a property to end before it
        // begins.
        const auto* header = static_cast<const struct fdt_property*>(at(sizeof(struct fdt_property)));
        const std::uint64_t length = header ? fdt32_to_cpu(header->len) : 0;
        if (!header || length > remaining() - sizeof *header) return fault("a property is cut off");
        const std::uint32_t name = fdt32_to_cpu(header->nameoff);
        const std::uint32_t strings = fdt_size_dt_strings(blob_);
        if (name >= strings) return fault("a property's name lies outside of the strings block");
        const auto* text = static_cast<const char*>(blob_) + fdt_off_dt_strings(blob_) + name;
        if (!is_terminated(text, strings - name)) return fault("a property's name has no end");
        return {};
    }

    /// The token's first `size` bytes, or null when fewer are left.
    const void* at(unsigned size) const { return fdt_offset_ptr(blob_, offset_, size); }

    std::uint64_t remaining() const {
        return structure_block(blob_).size - static_cast<std::uint64_t>(offset_);
    }

    hal::Discovered fault(std::string_view what) const {
        return tree_fault(Error::corrupt, "structure block at offset {:#x}: {}", offset_, what);
    }

    const void* blob_;
    int offset_ = 0;
    int depth_ = 0;
    bool root_closed_ = false;
    bool properties_allowed_ = false;
};

} // namespace

std::expected<DeviceTree, hal::DiscoveryFault> DeviceTree::check(const void* blob, std::size_t available) {
    hal::Discovered right = check_header(blob, available);
    if (right) right = check_blocks(blob);
    if (right) right = check_reservations(blob);
    if (right) right = StructureCheck(blob).run();
    if (!right) return std::unexpected(right.error());
    return DeviceTree(blob);
}

} // namespace platform
