// Trees with one thing wrong: the fault says what and where.
#include <doctest/doctest.h>
#include <libfdt.h>

#include "test/host/device_tree_fixture.h"

using trees::Blob;

namespace {

// The header's fields (Devicetree Specification 5.2).
constexpr std::size_t magic = 0;
constexpr std::size_t total_size = 4;
constexpr std::size_t structure_offset = 8;
constexpr std::size_t strings_offset = 12;
constexpr std::size_t reservation_offset = 16;
constexpr std::size_t version = 20;
constexpr std::size_t compatible_version = 24;
constexpr std::size_t strings_size = 32;
constexpr std::size_t structure_size = 36;

std::string fault_of(const Blob& blob) { return trees::discover(blob).fault; }

std::string fault_with_field(std::size_t field, std::uint32_t value) {
    Blob blob = Blob::load("unleashed");
    blob.set_field(field, value);
    return fault_of(blob);
}

/// The tree with its `reg` of one node replaced.
std::string fault_with_reg(const char* path, const std::vector<std::uint32_t>& cells) {
    return fault_of(Blob::load("unleashed").with(path, "reg", cells));
}

} // namespace

TEST_CASE("device tree: a blob cut off at any length is refused") {
    const Blob whole = Blob::load("unleashed");
    for (std::size_t length = 0; length < whole.size(); ++length) {
        CAPTURE(length);
        const std::string fault = fault_of(whole.first(length));
        REQUIRE(fault.starts_with("device tree: header"));
    }
}

TEST_CASE("device tree: the header's faults are named") {
    CHECK(fault_with_field(magic, 0xd00dfee0) ==
          "device tree: magic number at offset 0 is 0xd00dfee0, not 0xd00dfeed");
    CHECK(fault_with_field(version, 15) ==
          "device tree: version 15, compatible back to 16, is not one of 16 to 17");
    CHECK(fault_with_field(compatible_version, 18)
              .starts_with("device tree: version 17, compatible back to 18"));
    CHECK(fault_with_field(total_size, 39).starts_with("device tree: header says 39 bytes, but "));
    CHECK(fault_with_field(structure_offset, 0x39) ==
          "device tree: structure block at 0x39 is not aligned to 4");
    CHECK(fault_with_field(structure_offset, 0x7fff'fff0)
              .starts_with("device tree: structure block at 0x7ffffff0, "));
    CHECK(fault_with_field(structure_size, 0xffff'fffc).starts_with("device tree: structure block at 0x"));
    CHECK(fault_with_field(strings_size, 0xffff'ffff).starts_with("device tree: strings block at 0x"));
    CHECK(fault_with_field(strings_size, 3).ends_with("a property's name has no end"));
    CHECK(fault_with_field(strings_size, 0).ends_with("a property's name lies outside of the strings block"));
    CHECK(fault_with_field(reservation_offset, 0x2c) ==
          "device tree: memory reservation block at 0x2c is not aligned to 8");
    CHECK(fault_with_field(reservation_offset, 8)
              .starts_with("device tree: memory reservation block at 0x8, 16 "));
    Blob shifted({std::byte{0}});
    CHECK(fault_of(shifted) == "device tree: header needs 40 bytes, only 1 are there");
    alignas(8) std::byte space[64]{};
    const auto misaligned = platform::DeviceTree::check(space + 4, 60);
    REQUIRE(!misaligned);
    CHECK(misaligned.error().detail.view().ends_with("is not a multiple of 8"));
}

TEST_CASE("device tree: the structure block's faults are named by their offset") {
    const Blob whole = Blob::load("unleashed");
    const std::size_t start = whole.field(structure_offset);
    const auto fault_with = [&](std::size_t at, std::uint32_t token) {
        Blob blob = whole;
        blob.set_field(start + at, token);
        return fault_of(blob);
    };
    // The root's node begins at 0, its first property at 8: token, length, name, value (4 bytes).
    CHECK(fault_with(0, FDT_END) ==
          "device tree: structure block at offset 0x0: the tree ends inside of a node");
    CHECK(fault_with(0, FDT_NOP).starts_with("device tree: structure block at offset 0x4: "));
    CHECK(fault_with(8, 5) == "device tree: structure block at offset 0x8: a token is unknown or cut off");
    CHECK(fault_with(8, FDT_END_NODE).starts_with("device tree: structure block at offset 0x10: "));
    CHECK(fault_with(12, 0x7fff'ffff) ==
          "device tree: structure block at offset 0x8: a token is unknown or cut off");
    CHECK(fault_with(12, 0xffff'fff0) ==
          "device tree: structure block at offset 0x8: a token is unknown or cut off");
    CHECK(fault_with(16, 0x10'0000) ==
          "device tree: structure block at offset 0x8: a property's name lies outside of the strings block");
    // Lengths at which libfdt's sum overflows: it would go on in the middle of the property, or stand still.
    for (const std::uint32_t length : {0xffff'fff4, 0xffff'fff8, 0xffff'ffff})
        CHECK(fault_with(12, length) == "device tree: structure block at offset 0x8: a property is cut off");
    const std::size_t last = whole.field(structure_size) - 8; // END_NODE, END
    CHECK(fault_with(last, FDT_NOP).ends_with("the tree ends inside of a node"));
    CHECK(fault_with(last + 4, FDT_NOP).ends_with("a token is unknown or cut off"));
    CHECK(fault_with(last + 4, FDT_END_NODE).ends_with("a node ends that never began"));
    CHECK(fault_with(last + 4, FDT_BEGIN_NODE).ends_with("a token is unknown or cut off"));
}

TEST_CASE("device tree: nodes nested too deeply are refused") {
    std::vector<std::byte> bytes(64 * 1024);
    const auto build = [&](int depth) {
        void* tree = bytes.data();
        REQUIRE(fdt_create(tree, static_cast<int>(bytes.size())) == 0);
        REQUIRE(fdt_finish_reservemap(tree) == 0);
        for (int level = 0; level < depth; ++level) REQUIRE(fdt_begin_node(tree, level == 0 ? "" : "n") == 0);
        for (int level = 0; level < depth; ++level) REQUIRE(fdt_end_node(tree) == 0);
        REQUIRE(fdt_finish(tree) == 0);
        return Blob(bytes).first(fdt_totalsize(tree));
    };
    CHECK(fault_of(build(platform::DeviceTree::maximum_depth)) == "device tree: there is no /cpus");
    CHECK(fault_of(build(platform::DeviceTree::maximum_depth + 1)).ends_with("nodes are nested too deeply"));
    CHECK(fault_of(build(5000)).ends_with("nodes are nested too deeply"));
}

TEST_CASE("device tree: memory that makes no sense is a fault that names the node") {
    CHECK(fault_with_reg("/memory@80000000", {0, 0x8000'0000, 2}) ==
          "device tree: reg of /memory@80000000 has 12 bytes, not a multiple of 16");
    CHECK(fault_with_reg("/memory@80000000", {0, 0, 0, 0}) ==
          "device tree: reg of /memory@80000000 lists no byte of memory");
    CHECK(fault_with_reg("/memory@80000000", {}) ==
          "device tree: reg of /memory@80000000 lists no byte of memory");
    CHECK(fault_with_reg("/memory@80000000", {~0u, 0xffff'f000, 0, 0x1000}) ==
          "device tree: reg of /memory@80000000: 0x1000 bytes at 0xfffffffffffff000 go beyond 64 bits");
    const Blob blob = Blob::load("unleashed");
    CHECK(fault_of(blob.without("/memory@80000000", "reg")) ==
          "device tree: reg of /memory@80000000 lists no byte of memory");
    CHECK(fault_of(blob.without("/memory@80000000", "device_type")) ==
          "device tree: no memory node below the root can be used");
    CHECK(fault_of(blob.with("/", "#address-cells", {5})) ==
          "device tree: / has 5 address and 2 size cells, above it is read 3 and 2");
    CHECK(fault_of(blob.with("/", "#size-cells", {0})) ==
          "device tree: reg of /memory@80000000 lists no byte of memory");
}

TEST_CASE("device tree: CPUs and an initrd that make no sense are a fault") {
    const Blob blob = Blob::load("unleashed");
    CHECK(fault_of(blob.without("/cpus/cpu@1", "reg")) ==
          "device tree: reg of /cpus/cpu@1 has 0 cells, #address-cells above it is 1");
    CHECK(fault_of(blob.with("/cpus", "#address-cells", {3})) ==
          "device tree: reg of /cpus/cpu@1 has 1 cells, #address-cells above it is 3");
    CHECK(fault_of(blob.with_bytes("/cpus/cpu@1", "status", std::string("disabled", 9))
                       .with_bytes("/cpus/cpu@2", "status", "unterminated")) ==
          "device tree: /cpus lists no CPU that can be used");
    CHECK(fault_of(blob.with("/chosen", "linux,initrd-end", {0x1000})) ==
          "device tree: /chosen: the initrd ends at 0x1000, before its start at 0x84000000");
}

TEST_CASE("device tree: reserved memory that makes no sense is a fault, and none of it is lost") {
    const Blob blob = Blob::load("nested_buses");
    CHECK(fault_of(blob.with("/reserved-memory/secure@90000000", "reg", {0, 1, 2})) ==
          "device tree: reg of /reserved-memory/secure@90000000 has 12 bytes, not a multiple of 16");
    std::vector<std::uint32_t> many;
    for (std::uint32_t i = 0; i < 70; ++i) many.insert(many.end(), {0, i << 20, 0, 0x1000});
    CHECK(fault_of(blob.with("/reserved-memory/secure@90000000", "reg", many)) ==
          "device tree: secure@90000000: more than 64 reserved ranges");
}
