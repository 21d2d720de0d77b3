// Trees damaged by chance: each ends in a fault or in a result that makes sense, never in a crash or a loop.
#include <doctest/doctest.h>
#include <libfdt.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "test/host/device_tree_fixture.h"
#include "test/host/seed.h"

using trees::Blob;

namespace {

using Random = std::mt19937_64;

// The header's fields (Devicetree Specification 5.2).
constexpr std::size_t total_size = 4;
constexpr std::size_t structure_offset = 8;
constexpr std::size_t strings_offset = 12;
constexpr std::size_t strings_size = 32;
constexpr std::size_t structure_size = 36;
constexpr std::size_t header_size = 40;

constexpr base::Sink nowhere{[](void*, std::string_view) {}, nullptr};

/// Reads all that can be read; what comes out must make sense whatever went in.
void survive(const Blob& blob) {
    const auto tree = platform::DeviceTree::check(blob.data(), blob.size());
    if (!tree) {
        REQUIRE(tree.error().detail.view().starts_with("device tree: "));
        return;
    }
    static hal::BootInfo info;
    info.memory.clear();
    info.reserved.clear();
    info.cpus.clear();
    info.devices.clear();
    info.omitted = 0;
    const auto found = platform::discover(*tree, 0, info);
    if (!found) REQUIRE(found.error().detail.view().starts_with("device tree: "));
    static_cast<void>(tree->console_node());
    platform::print_device_tree(*tree, nowhere);
    if (!found) return;
    REQUIRE(!info.cpus.empty());
    std::uint64_t end = 0;
    for (const base::PhysicalRange& range : info.memory) {
        REQUIRE((end == 0 || range.start.value > end));
        REQUIRE(range.end() > range.start);
        end = range.end().value;
    }
    for (const hal::Device& device : info.devices)
        for (const base::PhysicalRange& range : device.registers) REQUIRE(range.end() > range.start);
}

/// Some bytes turned over or set to what is likely to hurt.
void change_bytes(Blob& blob, Random& random) {
    static constexpr std::byte telling[] = {std::byte{0}, std::byte{1}, std::byte{0x7f}, std::byte{0xff}};
    for (std::uint64_t count = 1 + random() % 4; count > 0; --count) {
        std::byte& byte = blob.data()[random() % blob.size()];
        byte = random() % 2 ? byte ^ static_cast<std::byte>(1 << random() % 8) : telling[random() % 4];
    }
}

/// Something to put in place of a cell: a token, a phandle or a count, what overflows, or another cell.
std::uint32_t any_value(const Blob& blob, Random& random) {
    const std::uint32_t values[] = {static_cast<std::uint32_t>(random() % 16),
                                    static_cast<std::uint32_t>(random() % blob.size()), 0xffff'ffff,
                                    0x7fff'fffc, blob.field(random() % (blob.size() / 4) * 4)};
    return values[random() % std::size(values)];
}

void change_cells(Blob& blob, Random& random) {
    for (std::uint64_t count = 1 + random() % 4; count > 0; --count)
        blob.set_field(random() % (blob.size() / 4) * 4, any_value(blob, random));
}

/// Cells of one property's value: the blob stays well-formed, what it says does not.
void change_value(Blob& blob, Random& random) {
    const void* tree = blob.data();
    int node = fdt_next_node(tree, -1, nullptr);
    for (std::uint64_t skip = random() % 40; skip > 0 && node >= 0; --skip)
        node = fdt_next_node(tree, node, nullptr);
    if (node < 0) return;
    int property = fdt_first_property_offset(tree, node);
    for (std::uint64_t skip = random() % 8; skip > 0 && property >= 0; --skip)
        property = fdt_next_property_offset(tree, property);
    int length = 0;
    const void* value = property < 0 ? nullptr : fdt_getprop_by_offset(tree, property, nullptr, &length);
    if (!value || length < 4) return;
    const auto start = static_cast<std::size_t>(static_cast<const std::byte*>(value) - blob.data());
    const std::size_t cells = static_cast<std::size_t>(length) / 4;
    for (std::uint64_t count = 1 + random() % 3; count > 0; --count)
        blob.set_field(start + random() % cells * 4, any_value(blob, random));
}

/// Two stretches of the blob change places, or one is copied over the other.
void shuffle_blocks(Blob& blob, Random& random) {
    const std::size_t length = std::min<std::size_t>(1 + random() % 256, blob.size() / 2);
    std::byte* first = blob.data() + random() % (blob.size() / 2 - length + 1);
    std::byte* second = blob.data() + blob.size() / 2 + random() % (blob.size() / 2 - length + 1);
    if (random() % 2)
        std::swap_ranges(first, first + length, second);
    else
        std::memcpy(random() % 2 ? first : second, random() % 2 ? second : first, length);
}

/// The blob ends earlier; sometimes the header knows.
Blob cut(const Blob& blob, Random& random) {
    Blob shorter = blob.first(header_size + random() % (blob.size() - header_size));
    if (random() % 2) shorter.set_field(total_size, static_cast<std::uint32_t>(shorter.size()));
    return shorter;
}

Blob mutated(const Blob& original, Random& random) {
    Blob blob = original;
    switch (random() % 8) {
    case 0:
    case 1: change_bytes(blob, random); break;
    case 2:
    case 3: change_cells(blob, random); break;
    case 4:
    case 5:
        for (std::uint64_t count = 1 + random() % 8; count > 0; --count) change_value(blob, random);
        break;
    case 6: shuffle_blocks(blob, random); break;
    default: return cut(blob, random);
    }
    return blob;
}

} // namespace

TEST_CASE("device tree: a blob cut off whose header agrees is refused, or reads as far as it goes") {
    const Blob whole = Blob::load("unleashed");
    for (std::size_t length = header_size; length < whole.size(); ++length) {
        CAPTURE(length);
        Blob cut = whole.first(length);
        cut.set_field(total_size, static_cast<std::uint32_t>(length));
        survive(cut);
        for (const auto& [offset, size] :
             {std::pair{structure_offset, structure_size}, std::pair{strings_offset, strings_size}}) {
            const std::uint32_t rest = static_cast<std::uint32_t>(length) - cut.field(offset);
            cut.set_field(size, std::min(cut.field(size), rest));
        }
        survive(cut);
    }
}

TEST_CASE("device tree: 100,000 mutations end in a fault or a result") {
    constexpr int mutations_per_tree = 35'000;
    for (const char* name : {"unleashed", "odd_devices", "nested_buses"}) {
        const Blob original = Blob::load(name);
        Random random(test::seed(0xd00d'feed));
        for (int round = 0; round < mutations_per_tree; ++round) {
            CAPTURE(name);
            CAPTURE(round);
            survive(mutated(original, random));
        }
    }
}
