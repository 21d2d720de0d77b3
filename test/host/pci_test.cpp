// PCI functions: found behind bridges, BARs sized and placed, capabilities that run in rings, interrupts.
#include <doctest/doctest.h>

#include "driver/pci/configuration.h"
#include "test/host/fake_pci.h"

using abi::Error;
using base::PhysicalRange;
using driver::pci::Function;
using fake::PciMachine;

namespace offset = driver::pci::offset;

namespace {

constexpr std::uint64_t kib = 1024;

std::vector<std::string> found(const hal::PciHost& host) {
    std::vector<std::string> places;
    driver::pci::for_each_function(
        host,
        [](const Function& function, void* context) {
            static_cast<std::vector<std::string>*>(context)->emplace_back(function.place().view());
        },
        &places);
    return places;
}

using Places = std::vector<std::string>;

} // namespace

TEST_CASE("pci: functions are found in the order of the bus, behind numbered bridges too") {
    PciMachine machine;
    CHECK(found(machine.host()) == Places{});
    machine.plug(0, 0, 0, 0x1b36, 0x0008);
    machine.plug(0, 2, 0, 0x1af4, 0x1041).set<std::uint8_t>(offset::header_type, 0x80);
    machine.plug(0, 2, 3, 0x1af4, 0x1042);
    machine.plug(0, 3, 0, 0x1af4, 0x1042);
    machine.plug(0, 3, 1, 0x1af4, 0x1042); // Function 0 does not say that there are more.
    machine.plug(0, 4, 1, 0x1af4, 0x1042); // There is no function 0.
    machine.plug(0, 31, 0, 0x1b36, 0x000c).bridge(2);
    machine.plug(2, 31, 0, 0x8086, 0x1234);
    machine.plug(1, 1, 0, 0x8086, 0x1234); // No bridge leads there.
    CHECK(found(machine.host()) ==
          Places{"pci 00:00.0", "pci 00:02.0", "pci 00:02.3", "pci 00:03.0", "pci 00:1f.0", "pci 02:1f.0"});
    CHECK(machine.at(2, 31, 0).vendor() == 0x8086);
    CHECK(machine.at(2, 31, 0).device_id() == 0x1234);
    CHECK(machine.at(2, 30, 0).vendor() == 0xffff);
}

TEST_CASE("pci: bridges without a number, to themselves or beyond the host's buses lead nowhere") {
    PciMachine machine;
    fake::log_lines().clear();
    machine.plug(0, 1, 0, 0x1b36, 0x000c).bridge(0);
    machine.plug(0, 2, 0, 0x1b36, 0x000c).bridge(1);
    machine.plug(0, 3, 0, 0x1b36, 0x000c).bridge(1);
    machine.plug(0, 4, 0, 0x1b36, 0x000c).bridge(4);
    machine.plug(1, 0, 0, 0x1b36, 0x000c).bridge(1);
    CHECK(found(machine.host()) ==
          Places{"pci 00:01.0", "pci 00:02.0", "pci 00:03.0", "pci 00:04.0", "pci 01:00.0"});
    CHECK(fake::log_lines().size() == 3);
}

TEST_CASE("pci: BARs are sized, and placed in the windows that suit them") {
    PciMachine machine;
    fake::PciFunction& device = machine.plug(0, 1, 0, 1, 2);
    device.bar32(0, 256).bar32(1, 8 * kib).bar64(2, 16 * kib).bar64(4, 4 * kib, false);
    const Function function = machine.at(0, 1, 0);
    const auto first = machine.window32.start;
    CHECK(function.map_bar(0) == PhysicalRange{first, 256});
    CHECK(function.map_bar(1) == PhysicalRange{first + 8 * kib, 8 * kib});
    CHECK(device.get<std::uint32_t>(offset::first_bar + 4) == first.value + 8 * kib);
    CHECK(function.map_bar(2) == PhysicalRange{first + 16 * kib, 16 * kib});
    CHECK(function.map_bar(4) == PhysicalRange{first + 32 * kib, 4 * kib});
    for (const unsigned index : {3u, 5u, 6u, 7u, ~0u})
        CHECK(function.map_bar(index).error() == Error::not_found);

    SUBCASE("once") {
        CHECK(function.map_bar(2) == PhysicalRange{first + 16 * kib, 16 * kib});
        CHECK(function.map_bar(0) == PhysicalRange{first, 256});
    }
    SUBCASE("until the windows are full, the second one at another place on the bus") {
        fake::PciFunction& other = machine.plug(0, 2, 0, 1, 2);
        other.bar32(0, 32 * kib).bar64(2, 64 * kib).bar64(4, 4 * kib);
        CHECK(machine.at(0, 2, 0).map_bar(0).error() == Error::out_of_memory);
        CHECK(machine.at(0, 2, 0).map_bar(2) == PhysicalRange{machine.window64.start, 64 * kib});
        CHECK(other.get<std::uint32_t>(offset::first_bar + 8) == 0xc);
        CHECK(other.get<std::uint32_t>(offset::first_bar + 12) == 0x40);
        CHECK(machine.at(0, 2, 0).map_bar(2) == PhysicalRange{machine.window64.start, 64 * kib});
        CHECK(machine.at(0, 2, 0).map_bar(4) == PhysicalRange{first + 36 * kib, 4 * kib});
    }
}

TEST_CASE("pci: a function answers as before once its BAR was looked at") {
    PciMachine machine;
    fake::PciFunction& device = machine.plug(0, 1, 0, 1, 2);
    device.bar32(0, 4 * kib).bar32(1, 4 * kib);
    const Function function = machine.at(0, 1, 0);
    REQUIRE(function.map_bar(0));
    CHECK(device.get<std::uint16_t>(offset::command) == 0);
    function.enable();
    CHECK(device.get<std::uint16_t>(offset::command) == 6);
    REQUIRE(function.map_bar(0));
    REQUIRE(function.map_bar(1)); // Is given its place only now.
    CHECK(device.get<std::uint16_t>(offset::command) == 6);
}

TEST_CASE("pci: what firmware has placed stays where it is") {
    PciMachine machine;
    machine.host().windows.clear();
    fake::PciFunction& device = machine.plug(0, 1, 0, 1, 2);
    device.bar32(0, 4 * kib, 0x80f1'0000).bar32(1, 4 * kib).io_bar(2, 0xc000);
    const Function function = machine.at(0, 1, 0);
    CHECK(function.map_bar(0) == PhysicalRange{{0x80f1'0000}, 4 * kib});
    CHECK(device.get<std::uint32_t>(offset::first_bar) == 0x80f1'0000);
    CHECK(function.map_bar(1).error() == Error::out_of_memory);
    CHECK(function.map_bar(2).error() == Error::not_found);
}

TEST_CASE("pci: BARs that make no sense are not there") {
    PciMachine machine;
    fake::PciFunction& device = machine.plug(0, 1, 0, 1, 2);
    device.set<std::uint32_t>(offset::first_bar + 20, 4); // 64 bits, but the last.
    device.set<std::uint32_t>(offset::first_bar, 0x1000); // Holds nothing that is written.
    CHECK(machine.at(0, 1, 0).map_bar(5).error() == Error::not_found);
    CHECK(machine.at(0, 1, 0).map_bar(0) == PhysicalRange{machine.window32.start, 0x1000});
    machine.plug(0, 2, 0, 1, 2).bridge(1).bar32(2, 4 * kib); // Bridges have bus numbers there.
    CHECK(machine.at(0, 2, 0).map_bar(2).error() == Error::not_found);
}

TEST_CASE("pci: capabilities are found, and rings of them end") {
    PciMachine machine;
    fake::PciFunction& device = machine.plug(0, 1, 0, 1, 2);
    const Function function = machine.at(0, 1, 0);
    CHECK_FALSE(function.find_capability(9));
    device.capability(0x40, 9, 0).capability(0x60, 5, 0).capability(0x50, 9, 0);
    CHECK(function.find_capability(5) == 0x60);
    CHECK(function.find_capability(9) == 0x50);
    CHECK(function.find_capability(9, 0x50) == 0x40);
    CHECK_FALSE(function.find_capability(9, 0x40));
    CHECK_FALSE(function.find_capability(0x11));

    SUBCASE("a ring") {
        device.set<std::uint8_t>(0x41, 0x60);
        CHECK_FALSE(function.find_capability(0x11));
        CHECK(function.find_capability(5, 0x60) == 0x60);
    }
    SUBCASE("one that leads to itself") {
        device.set<std::uint8_t>(0x51, 0x51);
        CHECK_FALSE(function.find_capability(5));
    }
    SUBCASE("one that leads into the header") {
        device.set<std::uint8_t>(0x51, 0x3c);
        CHECK_FALSE(function.find_capability(5));
    }
    SUBCASE("a list that the status denies") {
        device.set<std::uint16_t>(offset::status, 0);
        CHECK_FALSE(function.find_capability(5));
    }
}

TEST_CASE("pci: pins lead where the host says, else where firmware wrote") {
    PciMachine machine;
    fake::PciFunction& device = machine.plug(0, 1, 0, 1, 2);
    machine.plug(1, 1, 0, 1, 2).set<std::uint8_t>(offset::interrupt_pin, 2);
    const Function function = machine.at(0, 1, 0);
    device.set<std::uint8_t>(offset::interrupt_line, 11);
    CHECK(function.legacy_interrupt().error() == Error::not_found); // It has no pin.
    device.set<std::uint8_t>(offset::interrupt_pin, 2);
    REQUIRE(function.legacy_interrupt());
    CHECK(function.legacy_interrupt()->number == 11);
    CHECK_FALSE(function.legacy_interrupt()->edge_triggered);
    for (const std::uint8_t unknown : {0, 255}) {
        device.set(offset::interrupt_line, unknown);
        CHECK(function.legacy_interrupt().error() == Error::not_found);
    }
    machine.host().routes.push_back({.device = 1, .pin = 1, .line = {.number = 20}});
    CHECK(function.legacy_interrupt().error() == Error::not_found);
    machine.host().routes.push_back({.device = 1, .pin = 2, .line = {.number = 21}});
    CHECK(function.legacy_interrupt()->number == 21);
    CHECK(machine.at(1, 1, 0).legacy_interrupt().error() == Error::not_found); // Of another bus.
}

TEST_CASE("pci: a line is shared by all who listen to it") {
    PciMachine machine;
    constexpr hal::InterruptLine line{.number = 17};
    static int calls[2];
    for (int& count : calls) {
        count = 0;
        CHECK(driver::pci::share_line(
            line, [](void* context) { ++*static_cast<int*>(context); }, &count));
    }
    fake::raise({.kind = hal::Claim::Kind::line, .line = line});
    device::dispatch_interrupts();
    CHECK(calls[0] == 1);
    CHECK(calls[1] == 1);
}

TEST_CASE("pci: a line that cannot be had is refused to each who asks for it") {
    PciMachine machine;
    constexpr hal::InterruptLine none{.number = 1000};
    const auto handler = [](void*) {};
    for (int i = 0; i < 2; ++i) {
        CHECK(driver::pci::share_line(none, handler, nullptr) == std::unexpected(Error::not_found));
        CHECK(device::attach(none, "none", handler, nullptr) == std::unexpected(Error::not_found));
    }
}

TEST_CASE("pci: MSI-X entries hold their messages") {
    PciMachine machine;
    fake::PciFunction& device = machine.plug(0, 3, 1, 1, 2);
    device.bar32(1, 4 * kib).capability(0x40, 0x11, 2, {0x0000'0801, 0}); // Three entries at 0x800 of BAR 1.
    const Function function = machine.at(0, 3, 1);

    SUBCASE("an address, a number, and the mask taken off") {
        REQUIRE(function.enable_message_interrupt(0));
        const auto line = function.enable_message_interrupt(2);
        REQUIRE(line);
        CHECK(line->number == 101);
        CHECK(line->edge_triggered);
        CHECK(fake::message_requesters() == std::vector<std::uint32_t>{3 << 3 | 1, 3 << 3 | 1});
        const auto* entry = hal::direct<const std::uint32_t>(machine.window32.start + 0x800 + 2 * 16);
        CHECK(entry[0] == 0x2345'6780);
        CHECK(entry[1] == 1);
        CHECK(entry[2] == 0x1001);
        CHECK(entry[3] == 0);
        CHECK(device.get<std::uint16_t>(0x42) == (0x8000 | 2));
        CHECK((device.get<std::uint16_t>(offset::command) & 0x400) != 0);
    }
    SUBCASE("an entry that the table does not have") {
        CHECK(function.enable_message_interrupt(3).error() == Error::unsupported);
        CHECK(fake::message_requesters().empty());
    }
    SUBCASE("a table that begins in its BAR and ends behind it") {
        device.set<std::uint32_t>(0x44, 0xfe1);
        CHECK(function.enable_message_interrupt(1)); // The last 16 bytes.
        CHECK(function.enable_message_interrupt(2).error() == Error::corrupt);
    }
    SUBCASE("a table behind its BAR, or in none") {
        device.set<std::uint32_t>(0x44, 0xffff'fff9);
        CHECK(function.enable_message_interrupt(0).error() == Error::corrupt);
        device.set<std::uint32_t>(0x44, 7);
        CHECK(function.enable_message_interrupt(0).error() == Error::not_found);
    }
    SUBCASE("a controller without messages") {
        fake::limit_messages(0);
        CHECK(function.enable_message_interrupt(0).error() == Error::unsupported);
        CHECK(device.get<std::uint16_t>(0x42) == 2);
        CHECK((device.get<std::uint16_t>(offset::command) & 0x400) == 0);
    }
}

TEST_CASE("pci: a function without MSI-X says so") {
    PciMachine machine;
    machine.plug(0, 1, 0, 1, 2);
    CHECK(machine.at(0, 1, 0).enable_message_interrupt(0).error() == Error::unsupported);
}
