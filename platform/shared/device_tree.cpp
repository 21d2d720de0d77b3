// Nodes and properties of a checked tree.
#include "platform/shared/device_tree.h"

#include <libfdt.h>

namespace platform {
namespace {

int offset_of(Node node) { return static_cast<int>(node); }

/// libfdt answers with an offset, or with a negative error.
std::optional<Node> to_node(int offset) { return offset < 0 ? std::optional<Node>{} : Node{offset}; }

/// Takes what stands before the first `separator` off `text`, the separator with it.
std::string_view take_until(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return taken;
}

std::string_view as_text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

std::size_t DeviceTree::size() const { return fdt_totalsize(blob_); }

std::string_view DeviceTree::name(Node node) const {
    int length = 0;
    const char* name = fdt_get_name(blob_, offset_of(node), &length);
    return name ? std::string_view(name, static_cast<std::size_t>(length)) : std::string_view();
}

base::Text<96> DeviceTree::path(Node node) const {
    constexpr std::size_t shown = 90;
    char buffer[512];
    if (fdt_get_path(blob_, offset_of(node), buffer, sizeof buffer) < 0)
        return base::Text<96>::of(".../{}", name(node));
    const std::string_view path = buffer;
    if (path.size() <= shown) return path;
    return base::Text<96>::of("...{}", path.substr(path.size() - shown));
}

std::optional<Node> DeviceTree::parent(Node node) const {
    return to_node(fdt_parent_offset(blob_, offset_of(node)));
}

std::optional<Node> DeviceTree::first_child(Node node) const {
    return to_node(fdt_first_subnode(blob_, offset_of(node)));
}

std::optional<Node> DeviceTree::next_sibling(Node node) const {
    return to_node(fdt_next_subnode(blob_, offset_of(node)));
}

// Not fdt_path_offset: it follows an alias that names itself for ever.
std::optional<Node> DeviceTree::find(std::string_view path) const {
    std::optional<Node> node = root();
    if (!path.starts_with('/')) {
        const std::string_view alias = take_until(path, '/');
        const auto aliases = find("/aliases");
        const auto target = aliases ? string(*aliases, alias) : std::nullopt;
        node = target && target->starts_with('/') ? find(*target) : std::nullopt;
    }
    while (node && !path.empty()) {
        const std::string_view step = take_until(path, '/');
        if (step.empty()) continue;
        const int length = static_cast<int>(step.size());
        node = to_node(fdt_subnode_offset_namelen(blob_, offset_of(*node), step.data(), length));
    }
    return node;
}

std::optional<Node> DeviceTree::find_by_phandle(std::uint32_t phandle) const {
    return to_node(fdt_node_offset_by_phandle(blob_, phandle));
}

std::optional<Node> DeviceTree::find_compatible(std::string_view compatible,
                                                std::optional<Node> after) const {
    int offset = fdt_next_node(blob_, after ? offset_of(*after) : -1, nullptr);
    for (; offset >= 0; offset = fdt_next_node(blob_, offset, nullptr))
        if (is_compatible(Node{offset}, compatible) && is_enabled(Node{offset})) return Node{offset};
    return {};
}

// What follows a ':' is the line's settings, "serial0:115200n8" (Devicetree Specification 3.6).
std::optional<Node> DeviceTree::console_node() const {
    const auto chosen = find("/chosen");
    auto path = chosen ? string(*chosen, "stdout-path") : std::nullopt;
    return path ? find(take_until(*path, ':')) : std::nullopt;
}

bool DeviceTree::is_compatible(Node node, std::string_view compatible) const {
    const auto value = property(node, "compatible");
    if (!value) return false;
    for (std::string_view rest = as_text(*value); !rest.empty();)
        if (take_until(rest, '\0') == compatible) return true;
    return false;
}

bool DeviceTree::is_enabled(Node node) const {
    if (!has(node, "status")) return true;
    const auto status = string(node, "status");
    return status == "okay" || status == "ok";
}

std::optional<std::span<const std::byte>> DeviceTree::property(Node node, std::string_view name) const {
    int length = 0;
    const void* value =
        fdt_getprop_namelen(blob_, offset_of(node), name.data(), static_cast<int>(name.size()), &length);
    if (!value) return {};
    return std::span(static_cast<const std::byte*>(value), static_cast<std::size_t>(length));
}

bool DeviceTree::has(Node node, std::string_view name) const { return property(node, name).has_value(); }

std::optional<std::string_view> DeviceTree::string(Node node, std::string_view name) const {
    const auto value = property(node, name);
    if (!value) return {};
    const std::string_view text = as_text(*value);
    const std::size_t end = text.find('\0');
    return end == text.npos ? std::nullopt : std::optional(text.substr(0, end));
}

Cells DeviceTree::cells(Node node, std::string_view name) const {
    return Cells(property(node, name).value_or(std::span<const std::byte>{}));
}

std::optional<std::uint32_t> DeviceTree::cell(Node node, std::string_view name, std::size_t index) const {
    const Cells all = cells(node, name);
    return index < all.size() ? std::optional(all[index]) : std::nullopt;
}

} // namespace platform
