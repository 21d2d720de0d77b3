// Loads, changes and shows device trees for the tests.
#include "test/host/device_tree_fixture.h"

#include <doctest/doctest.h>
#include <libfdt.h>

#include <fstream>
#include <iterator>

namespace trees {
namespace {

/// Applies `change` to a copy with room to grow, and packs the result.
template <class Function>
Blob changed(const Blob& blob, const char* path, Function change) {
    constexpr std::size_t room = 4096;
    std::vector<std::byte> bytes(blob.size() + room);
    REQUIRE(fdt_open_into(blob.data(), bytes.data(), static_cast<int>(bytes.size())) == 0);
    const int node = fdt_path_offset(bytes.data(), path);
    REQUIRE(node >= 0);
    REQUIRE(change(static_cast<void*>(bytes.data()), node) == 0);
    REQUIRE(fdt_pack(bytes.data()) == 0);
    return Blob(bytes).first(fdt_totalsize(bytes.data()));
}

std::string hexadecimal(std::uint64_t value) { return std::string(base::Text<24>::of("{:x}", value).view()); }

} // namespace

Blob Blob::load(const std::string& name) {
    std::ifstream file("build/host/dtb/" + name + ".dtb", std::ios::binary);
    REQUIRE_MESSAGE(file.good(), "missing: build/host/dtb/", name, ".dtb (run `make host-test` in the root)");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
    return Blob({bytes, bytes + text.size()});
}

std::uint32_t Blob::field(std::size_t offset) const {
    return platform::Cells(std::span(bytes_).subspan(offset, platform::cell_size))[0];
}

void Blob::set_field(std::size_t offset, std::uint32_t value) {
    for (std::size_t i = 0; i < platform::cell_size; ++i)
        bytes_[offset + i] = static_cast<std::byte>(value >> (24 - 8 * i));
}

Blob Blob::with(const char* path, const char* property, const std::vector<std::uint32_t>& cells) const {
    std::string bytes;
    for (const std::uint32_t cell : cells)
        for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(cell >> shift));
    return with_bytes(path, property, bytes);
}

Blob Blob::with_bytes(const char* path, const char* property, const std::string& bytes) const {
    return changed(*this, path, [&](void* tree, int node) {
        return fdt_setprop(tree, node, property, bytes.data(), static_cast<int>(bytes.size()));
    });
}

Blob Blob::without(const char* path, const char* property) const {
    return changed(*this, path, [&](void* tree, int node) { return fdt_delprop(tree, node, property); });
}

Outcome discover(const Blob& blob, std::uint64_t boot_hardware_id) {
    Outcome outcome;
    const auto tree = platform::DeviceTree::check(blob.data(), blob.size());
    const auto found = tree ? platform::discover(*tree, boot_hardware_id, *outcome.info)
                            : hal::Discovered(std::unexpected(tree.error()));
    if (!found) outcome.fault = found.error().detail.view();
    return outcome;
}

platform::DeviceTree tree_of(const Blob& blob) {
    const auto tree = platform::DeviceTree::check(blob.data(), blob.size());
    REQUIRE(tree.has_value());
    return *tree;
}

std::string line(const base::PhysicalRange& range) {
    return hexadecimal(range.start.value) + "+" + hexadecimal(range.size);
}

std::string line(const hal::Device& device) {
    std::string text = std::string(device.name.view()) + " | " + std::string(device.compatible.view()) + " |";
    for (const base::PhysicalRange& range : device.registers) text += " " + line(range);
    text += " |";
    for (const hal::InterruptLine& interrupt : device.interrupts)
        text += " " + std::to_string(interrupt.number) + (interrupt.edge_triggered ? " edge" : "") +
                (interrupt.active_low ? " low" : "");
    return text;
}

std::string line(const hal::Reserved& reserved) {
    return std::string(hal::name(reserved.reason)) + " " + line(reserved.range);
}

std::string line(const hal::Cpu& cpu) {
    return hexadecimal(cpu.hardware_id) + (cpu.is_boot_cpu ? " boot" : "");
}

} // namespace trees
