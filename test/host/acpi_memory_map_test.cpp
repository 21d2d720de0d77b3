// The memory map: what is installed and what is taken of it, for maps as QEMU's firmware makes them and for
// nonsense.
#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "platform/x64/acpi_memory_map.h"
#include "test/host/seed.h"

namespace {

using platform::MemoryMapEntry;
using platform::MemoryType;

constexpr std::uint64_t mebibyte = 1 << 20;
constexpr std::uint64_t gibibyte = 1 << 30;

struct Result {
    bool accepted = false;
    hal::BootInfo info;
};

MemoryMapEntry entry(std::uint64_t start, std::uint64_t end, MemoryType type) {
    return {{{start}, end - start}, type};
}

const Result& read(std::vector<MemoryMapEntry> map, std::vector<base::PhysicalRange> registers = {}) {
    static Result result;
    result = {};
    for (const base::PhysicalRange& range : registers) {
        hal::Device device;
        device.registers.push_back(range);
        result.info.devices.push_back(device);
    }
    result.accepted = platform::read_memory_map(map, result.info).has_value();
    return result;
}

/// What SeaBIOS says of the memory below 4 GiB, of which RAM ends at `top`.
std::vector<MemoryMapEntry> typical(std::uint64_t top) {
    return {entry(0, 0x9'fc00, MemoryType::usable),
            entry(0x9'fc00, 0xa'0000, MemoryType::reserved),
            entry(0xf'0000, 0x10'0000, MemoryType::reserved),
            entry(0x10'0000, top - 0x2'0000, MemoryType::usable),
            entry(top - 0x2'0000, top, MemoryType::reserved),
            entry(0xb000'0000, 0xc000'0000, MemoryType::reserved),
            entry(0xfeff'c000, 0xff00'0000, MemoryType::reserved)};
}

bool is_reserved(const hal::BootInfo& info, std::uint64_t address) {
    for (const hal::Reserved& reserved : info.reserved)
        if (reserved.range.contains(base::PhysicalAddress{address})) return true;
    return false;
}

} // namespace

TEST_CASE("memory map: the sum is what is installed, from 64 MiB to 4 GiB") {
    for (const std::uint64_t size : {64 * mebibyte, 128 * mebibyte, 2 * gibibyte}) {
        const Result& result = read(typical(size));
        REQUIRE(result.accepted);
        CHECK(result.info.memory_size() == size);
        CHECK(result.info.memory.size() == 1);
    }
    auto map = typical(2 * gibibyte);
    map.push_back(entry(4 * gibibyte, 6 * gibibyte, MemoryType::usable));
    map.push_back(entry(0xfd'0000'0000, 0x100'0000'0000, MemoryType::reserved));
    const Result& result = read(map);
    CHECK(result.info.memory_size() == 4 * gibibyte);
    REQUIRE(result.info.memory.size() == 2);
    CHECK(result.info.memory[1].start.value == 4 * gibibyte);
}

TEST_CASE("memory map: what firmware keeps is reserved") {
    const hal::BootInfo& info = read(typical(64 * mebibyte)).info;
    for (const std::uint64_t address :
         {0x0, 0xfff, 0x9'fc00, 0xa'0000, 0xc'0000, 0xf'ffff, 0x3fe'0000, 0x3ff'ffff}) {
        CAPTURE(address);
        CHECK(is_reserved(info, address));
    }
    for (const std::uint64_t address : {0x1000, 0x9'fbff, 0x10'0000, 0x3fd'ffff})
        CHECK_FALSE(is_reserved(info, address));
    CHECK(info.reserved.size() == 5); // Nothing that is not RAM.
}

TEST_CASE("memory map: the ROM that ends where the upper RAM begins is no RAM") {
    auto map = typical(2 * gibibyte);
    map.push_back(entry(0xfffc'0000, 4 * gibibyte, MemoryType::reserved));
    map.push_back(entry(4 * gibibyte, 6 * gibibyte, MemoryType::usable));
    const Result& result = read(map);
    REQUIRE(result.accepted);
    CHECK(result.info.memory_size() == 4 * gibibyte);
}

TEST_CASE("memory map: registers that adjoin RAM are no RAM") {
    auto map = typical(64 * mebibyte);
    map.push_back(entry(64 * mebibyte, 80 * mebibyte, MemoryType::reserved));
    CHECK(read(map).info.memory_size() == 80 * mebibyte);
    CHECK(read(map, {{{64 * mebibyte}, 0x1000}}).info.memory_size() == 64 * mebibyte);
}

TEST_CASE("memory map: ACPI's own kinds are RAM wherever they are; order and overlap do not matter") {
    const Result& result = read({entry(8 * mebibyte, 9 * mebibyte, MemoryType::acpi_storage),
                                 entry(4 * mebibyte, 6 * mebibyte, MemoryType::usable),
                                 entry(1 * mebibyte, 5 * mebibyte, MemoryType::usable)});
    REQUIRE(result.accepted);
    REQUIRE(result.info.memory.size() == 2);
    CHECK(result.info.memory[0] == base::PhysicalRange{{0xa'0000}, 6 * mebibyte - 0xa'0000});
    CHECK(is_reserved(result.info, 8 * mebibyte));
}

TEST_CASE("memory map: without usable memory, or with more than there is room for, it is refused") {
    CHECK_FALSE(read({}).accepted);
    CHECK_FALSE(read({entry(0, mebibyte, MemoryType::reserved)}).accepted);
    std::vector<MemoryMapEntry> map;
    for (std::uint64_t i = 1; i < 100; ++i)
        map.push_back(entry(i * 4 * mebibyte, i * 4 * mebibyte + 4096, MemoryType::usable));
    CHECK_FALSE(read(map).accepted);
}

TEST_CASE("memory map: random maps give sorted memory without overlap") {
    std::mt19937_64 random(test::seed(0x7269'7669));
    for (int round = 0; round < 20'000; ++round) {
        std::vector<MemoryMapEntry> map(random() % 24);
        for (MemoryMapEntry& entry : map) {
            const unsigned shift = random() % 64;
            entry = {{{random() >> random() % 64 << 10}, random() >> shift},
                     static_cast<MemoryType>(random() % 6)};
        }
        const Result& result = read(map);
        if (!result.accepted) continue;
        const auto& memory = result.info.memory;
        for (std::size_t i = 0; i < memory.size(); ++i) {
            REQUIRE_FALSE(memory[i].is_empty());
            if (i > 0) REQUIRE(memory[i - 1].end() < memory[i].start);
        }
    }
}
