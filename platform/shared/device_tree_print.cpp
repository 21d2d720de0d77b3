// A device tree for people, in the source format that dtc reads (Devicetree Specification, chapter 6).
#include <libfdt.h>

#include "platform/shared/device_tree_walk.h"

namespace platform {
namespace {

constexpr std::size_t spaces_per_level = 4;

bool is_printable(char character) { return character >= ' ' && character <= '~'; }

/// Whether a value reads as strings, each ended and none empty. A number may look so by chance; no type is
/// kept.
bool is_text(std::string_view value) {
    if (value.empty() || value.back() != '\0') return false;
    bool inside = false; // of a string
    for (const char character : value) {
        if (!is_printable(character) && (character != '\0' || !inside)) return false;
        inside = character != '\0';
    }
    return true;
}

void print_strings(std::string_view value, base::Sink sink) {
    sink("\"");
    for (std::size_t i = 0; i + 1 < value.size(); ++i) {
        const char character = value[i];
        if (character == '\0') {
            sink("\", \"");
            continue;
        }
        if (character == '"' || character == '\\') sink("\\");
        sink({&character, 1});
    }
    sink("\"");
}

void print_cells(Cells cells, base::Sink sink) {
    for (std::size_t i = 0; i < cells.size(); ++i)
        base::format(sink, "{}{:#x}", i == 0 ? "<" : " ", cells[i]);
    sink(">");
}

void print_bytes(std::span<const std::byte> bytes, base::Sink sink) {
    sink("[");
    for (std::size_t i = 0; i < bytes.size(); ++i)
        base::format(sink, "{}{:02x}", i == 0 ? "" : " ", std::to_integer<unsigned>(bytes[i]));
    sink("]");
}

void print_value(std::span<const std::byte> value, base::Sink sink) {
    const std::string_view text(reinterpret_cast<const char*>(value.data()), value.size());
    if (value.empty()) return;
    sink(" = ");
    if (is_text(text))
        print_strings(text, sink);
    else if (value.size() % cell_size == 0)
        print_cells(Cells(value), sink);
    else
        print_bytes(value, sink);
}

void indent(std::size_t level, base::Sink sink) {
    for (std::size_t i = 0; i < level * spaces_per_level; ++i) sink(" ");
}

void print_properties(const DeviceTree& tree, Node node, std::size_t level, base::Sink sink) {
    int property = fdt_first_property_offset(tree.blob(), static_cast<int>(node));
    for (; property >= 0; property = fdt_next_property_offset(tree.blob(), property)) {
        const char* name = nullptr;
        int length = 0;
        const void* value = fdt_getprop_by_offset(tree.blob(), property, &name, &length);
        if (!value) continue;
        indent(level, sink);
        sink(name);
        print_value({static_cast<const std::byte*>(value), static_cast<std::size_t>(length)}, sink);
        sink(";\n");
    }
}

void print_reservations(const DeviceTree& tree, base::Sink sink) {
    std::uint64_t address = 0;
    std::uint64_t size = 0;
    for (int i = 0; fdt_get_mem_rsv(tree.blob(), i, &address, &size) == 0 && (address | size) != 0; ++i)
        base::format(sink, "/memreserve/ {:#x} {:#x};\n", address, size);
}

/// Closes the nodes from `depth` down to `level`.
void close_nodes(std::size_t depth, std::size_t level, base::Sink sink) {
    while (depth > level) {
        indent(--depth, sink);
        sink("};\n");
    }
}

} // namespace

void print_device_tree(const DeviceTree& tree, base::Sink sink) {
    sink("/dts-v1/;\n");
    print_reservations(tree, sink);
    std::size_t open = 0;
    for (Walk walk(tree); walk.next();) {
        const std::size_t level = walk.ancestors().size();
        close_nodes(open, level, sink);
        indent(level, sink);
        base::format(sink, "{} {{\n", level == 0 ? "/" : tree.name(walk.node()));
        print_properties(tree, walk.node(), level + 1, sink);
        open = level + 1;
    }
    close_nodes(open, 0, sink);
}

} // namespace platform
