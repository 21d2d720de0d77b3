// Memory's way up at boot, on a machine made of values: what is mapped, how, and what a bad BootInfo does to
// it.
#include "kernel/memory/kernel_space.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "kernel/base/log.h"
#include "kernel/memory/report.h"
#include "test/host/fake_hal.h"

using base::page_size, base::PageAttributes, base::PhysicalAddress, base::PhysicalRange, base::VirtualAddress;

namespace {

constexpr std::uint64_t kib = 1024, mib = 1024 * kib, gib = 1024 * mib;
constexpr PhysicalAddress ram_start{0x8000'0000};
constexpr PhysicalAddress image_start = ram_start + 2 * mib;
constexpr VirtualAddress image_address{0xffff'ffff'8000'0000};

/// Text 64 KiB, rodata 32, data 128, two stacks of 16, with a guard page behind each.
memory::KernelImage made_up_image() {
    const PageAttributes code{.executable = true, .global = true}, constants{.global = true};
    const PageAttributes variables{.writable = true, .global = true};
    memory::KernelImage image = {{{"text", {}, 64 * kib, {}, code},
                                  {"rodata", {}, 32 * kib, {}, constants},
                                  {"data", {}, 128 * kib, {}, variables},
                                  {"boot stack", {}, 16 * kib, {}, variables},
                                  {"emergency stack", {}, 16 * kib, {}, variables}}};
    std::uint64_t offset = 0;
    for (memory::ImagePart& part : image) {
        part.start = image_address + offset;
        part.physical = image_start + offset;
        offset += part.size + page_size;
    }
    return image;
}

hal::Device device(std::string_view name, PhysicalRange registers) {
    hal::Device device;
    device.name = name;
    device.registers.push_back(registers);
    return device;
}

/// 64 MiB of RAM, with image and device tree in it, of which boot has mapped all.
hal::BootInfo boot_info(std::uint64_t size = 64 * mib) {
    hal::BootInfo info;
    info.memory.push_back({ram_start, size});
    info.reserved.push_back({{image_start, 512 * kib}, hal::ReservedFor::kernel});
    info.reserved.push_back({{ram_start + 10 * mib + 17, 5000}, hal::ReservedFor::device_tree});
    info.early_window = {ram_start, size};
    info.devices.push_back(device("uart", {{0x900'0100}, 0x100}));
    info.devices.push_back(device("rtc", {{0x900'0800}, 0x1000}));
    return info;
}

std::string console_report(const hal::BootInfo& info) {
    fake::console_output().clear();
    memory::report(info, base::console_sink());
    return fake::console_output();
}

bool log_mentions(std::string_view text) {
    return std::ranges::any_of(fake::log_lines(),
                               [&](const std::string& line) { return line.find(text) != line.npos; });
}

} // namespace

/// The host has no image of a kernel; this is what linker.ld would say.
memory::KernelImage memory::kernel_image() { return made_up_image(); }

TEST_CASE("kernel space: the image is mapped part by part, with guards between") {
    fake::reset();
    fake::Ram ram(ram_start, 64 * mib);
    memory::initialize(boot_info());
    CHECK(hal::Mmu::active_root == memory::kernel_table().root());
    for (const memory::ImagePart& part : made_up_image()) {
        const auto first = memory::kernel_table().lookup(part.start);
        const auto last = memory::kernel_table().lookup(part.start + part.size - 1);
        REQUIRE(first);
        REQUIRE(last);
        CHECK(first->physical == part.physical);
        CHECK(last->physical == part.physical + part.size - 1);
        CHECK(first->attributes == part.attributes);
        CHECK_FALSE(memory::kernel_table().lookup(part.start + part.size));
        CHECK_FALSE(memory::kernel_table().lookup(part.start - 1));
    }
}

TEST_CASE("kernel space: all RAM is in the direct map, and what the image may not write is read-only there") {
    fake::reset();
    fake::Ram ram(ram_start, 64 * mib);
    memory::initialize(boot_info());
    for (PhysicalAddress address = ram_start; address < ram.range().end(); address += page_size) {
        const auto found = memory::kernel_table().lookup(hal::to_virtual(address));
        REQUIRE(found);
        CHECK(found->physical == address);
        const PhysicalRange text{image_start, 64 * kib}, rodata{image_start + 64 * kib + page_size, 32 * kib};
        const bool constant = text.contains(address) || rodata.contains(address);
        CHECK(found->attributes == PageAttributes{.writable = !constant, .global = true});
    }
    CHECK_FALSE(memory::kernel_table().lookup(hal::to_virtual(ram.range().end())));
}

TEST_CASE("kernel space: devices are mapped as devices, also when two share a page or one lies over RAM") {
    fake::reset();
    fake::Ram ram(ram_start, 64 * mib);
    auto info = boot_info();
    info.devices.push_back(device("over the end of RAM", {ram.range().end() - page_size, 2 * page_size}));
    info.devices.push_back(device("empty", {{0xa00'0000}, 0}));
    memory::initialize(info);
    for (const std::uint64_t address : {0x900'0100ull, 0x900'0fffull, 0x900'1000ull}) {
        const auto found = memory::kernel_table().lookup(hal::to_virtual({address}));
        REQUIRE(found);
        CHECK(found->physical == PhysicalAddress{address});
        CHECK(found->attributes == PageAttributes{.writable = true, .global = true, .device = true});
    }
    CHECK_FALSE(memory::kernel_table().lookup(hal::to_virtual({0x900'2000})));
    CHECK_FALSE(
        memory::kernel_table().lookup(hal::to_virtual(ram.range().end() - page_size))->attributes.device);
    CHECK(memory::kernel_table().lookup(hal::to_virtual(ram.range().end()))->attributes.device);
    CHECK_FALSE(log_mentions("not mapped"));
}

TEST_CASE("kernel space: a register range out of reach is left out with a line that names it") {
    fake::reset();
    fake::Ram ram(ram_start, 64 * mib);
    auto info = boot_info();
    info.devices.push_back(device("bogus-size", {{0x1000'0000}, ~std::uint64_t{0}}));
    info.devices.push_back(device("bogus-place", {{std::uint64_t{1} << 50}, page_size}));
    info.devices.push_back(device("behind", {{0xa00'0000}, page_size}));
    memory::initialize(info);
    CHECK(log_mentions("bogus-size"));
    CHECK(log_mentions("bogus-place"));
    CHECK(memory::kernel_table().lookup(hal::to_virtual({0xa00'0000})));
}

TEST_CASE("kernel space: nothing that holds something is handed out") {
    fake::reset();
    fake::Ram ram(ram_start, 64 * mib);
    const auto info = boot_info();
    memory::initialize(info);
    std::uint64_t count = 0;
    for (auto frame = memory::frames().allocate(); frame; frame = memory::frames().allocate(), ++count)
        for (const hal::Reserved& reserved : info.reserved)
            REQUIRE_FALSE(PhysicalRange{*frame, page_size}.overlaps(reserved.range));
    CHECK(count > 15'900);
    // Nor is a table of the address space: all of it still translates.
    for (const memory::ImagePart& part : made_up_image())
        CHECK(memory::kernel_table().lookup(part.start)->physical == part.physical);
}

TEST_CASE("kernel space: afterwards heap and page table work") {
    fake::reset();
    fake::Ram ram(ram_start, 64 * mib);
    memory::initialize(boot_info());
    void* object = memory::heap().allocate(100);
    CHECK(object != nullptr);
    memory::heap().free(object);
    const auto before = memory::frames().statistics().used;
    const VirtualAddress elsewhere{0xffff'ff00'0000'0000};
    CHECK(memory::kernel_table().map(elsewhere, ram_start, page_size, {.writable = true, .global = true}));
    CHECK(memory::kernel_table().unmap(elsewhere, page_size));
    CHECK(memory::frames().statistics().used == before);
}

TEST_CASE("kernel space: RAM that the direct map cannot show is not used") {
    fake::reset();
    fake::Ram ram(ram_start, 64 * mib);
    auto info = boot_info();
    info.memory.push_back({{ram.range().end() + mib}, 100}); // Not even a page.
    info.memory.push_back({{std::uint64_t{1} << 45}, 64 * mib});
    info.memory.push_back({{~std::uint64_t{0} - mib}, 64 * mib}); // Wraps around.
    memory::initialize(info);
    CHECK(log_mentions("no page of it is in reach"));
    CHECK(memory::frames().statistics().total < 64 * mib / page_size);
}

TEST_CASE("kernel space: RAM in two ranges with a hole, early window in the first") {
    fake::reset();
    fake::Ram ram(ram_start, 4 * gib);
    auto info = boot_info(gib);
    info.memory.push_back({ram_start + 3 * gib, gib});
    ram.forbid({ram_start + gib, 2 * gib});
    info.early_window = {ram_start, 16 * mib};
    memory::initialize(info);
    CHECK(memory::frames().statistics().total > 2 * gib / page_size * 99 / 100);
    CHECK(memory::kernel_table().lookup(hal::to_virtual(ram_start + 4 * gib - 1)));
    CHECK_FALSE(memory::kernel_table().lookup(hal::to_virtual(ram_start + 2 * gib)));
}

TEST_CASE("kernel space: memory that cannot carry a kernel panics with the reason") {
    fake::Ram ram(ram_start, 64 * mib);
    auto no_window = boot_info();
    no_window.early_window = {};
    CHECK_THROWS_WITH_AS(memory::initialize(no_window), doctest::Contains("no free RAM for page tables"),
                         fake::PanicException);
    auto all_taken = boot_info();
    all_taken.reserved.push_back({{ram_start, 64 * mib}, hal::ReservedFor::firmware});
    CHECK_THROWS_AS(memory::initialize(all_taken), fake::PanicException);
    auto elsewhere = boot_info();
    elsewhere.memory.clear();
    elsewhere.memory.push_back({ram_start + 16 * mib, 16 * mib});
    CHECK_THROWS_WITH_AS(memory::initialize(elsewhere), doctest::Contains("is not in RAM"),
                         fake::PanicException);
    auto overlapping = boot_info();
    overlapping.memory.push_back({ram_start + 32 * mib, mib});
    CHECK_THROWS_WITH_AS(memory::initialize(overlapping), doctest::Contains("occupied"),
                         fake::PanicException);
}

TEST_CASE("report: names RAM, what is reserved, the heap and the image's permissions") {
    fake::reset();
    fake::Ram ram(ram_start, 64 * mib);
    const auto info = boot_info();
    memory::initialize(info);
    void* object = memory::heap().allocate(40);
    const std::string text = console_report(info);
    CHECK(text.find("RAM: 64 MiB installed, ") == 0);
    for (const std::string_view part : {"device tree", "kernel", "Free blocks:", "r-x     64 KiB  text",
                                        "r--     32 KiB  rodata", "rw-    128 KiB  data", "emergency stack"})
        CHECK_MESSAGE(text.find(part) != text.npos, part);
    memory::heap().free(object);
}
