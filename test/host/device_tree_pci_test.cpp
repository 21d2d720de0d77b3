// PCI host bridges as QEMU's trees and a drawn board have them, and what mistakes in them cost.
#include <doctest/doctest.h>

#include "test/host/device_tree_fixture.h"

using Lines = std::vector<std::string>;
using trees::Blob;

namespace {

/// start+size, what its addresses are like, and whether they are others on the bus.
Lines windows(const hal::PciHost& host) {
    Lines lines;
    for (const hal::PciWindow& window : host.windows)
        lines.push_back(trees::line(window.range) + (window.is_64_bit ? " 64" : " 32") +
                        (window.prefetchable ? " prefetchable" : "") +
                        (window.bus_address == window.range.start.value ? "" : " elsewhere"));
    return lines;
}

std::unique_ptr<hal::BootInfo> info_of(const Blob& blob) {
    auto [fault, info] = trees::discover(blob);
    REQUIRE(fault == "");
    return std::move(info);
}

/// The lines of pins 1 to 4 of a device.
std::vector<std::uint32_t> pins(const hal::PciHost& host, std::uint8_t device) {
    std::vector<std::uint32_t> lines;
    for (const hal::PciRoute& route : host.routes) {
        if (route.device != device) continue;
        CHECK(route.pin == lines.size() + 1);
        CHECK_FALSE(route.line.edge_triggered);
        lines.push_back(route.line.number);
    }
    return lines;
}

using Pins = std::vector<std::uint32_t>;

} // namespace

TEST_CASE("device tree: PCI on QEMU's arm64 virt") {
    for (const char* name : {"qemu-arm64-gic2-smp1-mem64M", "qemu-arm64-gic3-smp4-mem4G"}) {
        CAPTURE(name);
        const auto info = info_of(Blob::load(name));
        REQUIRE(info->pci_hosts.size() == 1);
        const hal::PciHost& host = info->pci_hosts[0];
        CHECK(trees::line(host.configuration) == "4010000000+10000000");
        CHECK(host.first_bus == 0);
        CHECK(host.last_bus == 255);
        CHECK(windows(host) == Lines{"10000000+2eff0000 32", "8000000000+8000000000 64"});
        REQUIRE(host.routes.size() == 32 * 4);
        CHECK(pins(host, 0) == Pins{35, 36, 37, 38});
        CHECK(pins(host, 1) == Pins{36, 37, 38, 35});
        CHECK(pins(host, 31) == Pins{38, 35, 36, 37});
    }
}

TEST_CASE("device tree: PCI on QEMU's rv64 virt") {
    for (const char* name : {"qemu-rv64-smp1-mem64M", "qemu-rv64-smp4-mem4G"}) {
        CAPTURE(name);
        const auto info = info_of(Blob::load(name));
        REQUIRE(info->pci_hosts.size() == 1);
        const hal::PciHost& host = info->pci_hosts[0];
        CHECK(trees::line(host.configuration) == "30000000+10000000");
        CHECK(windows(host) == Lines{"40000000+40000000 32", "400000000+400000000 64"});
        CHECK(pins(host, 0) == Pins{32, 33, 34, 35});
        CHECK(pins(host, 6) == Pins{34, 35, 32, 33});
    }
}

TEST_CASE("device tree: PCI windows that are elsewhere on the bus, and routes of a few pins") {
    const auto info = info_of(Blob::load("nested_buses"));
    REQUIRE(info->pci_hosts.size() == 1);
    const hal::PciHost& host = info->pci_hosts[0];
    CHECK(windows(host) == Lines{"50000000+2eff0000 32 elsewhere", "8000000000+8000000000 64 prefetchable"});
    CHECK(host.windows[0].bus_address == 0x1000'0000);
    CHECK(pins(host, 4) == Pins{35, 36});
    CHECK(pins(host, 5) == Pins{36, 75});
    CHECK(pins(host, 6) == Pins{});
}

TEST_CASE("device tree: fewer PCI buses, and mistakes that cost a bridge or a window") {
    const Blob sound = Blob::load("nested_buses");
    const auto with = [&](const char* property, const std::vector<std::uint32_t>& cells) {
        return info_of(sound.with("/pcie", property, cells));
    };
    SUBCASE("configuration space for two buses of those listed") {
        const auto info = with("reg", {0x40, 0x1000'0000, 0, 0x20'0000});
        REQUIRE(info->pci_hosts.size() == 1);
        CHECK(info->pci_hosts[0].last_bus == 1);
        CHECK(info->omitted == 0);
    }
    SUBCASE("buses from 16 on") {
        const auto info = with("bus-range", {16, 31});
        REQUIRE(info->pci_hosts.size() == 1);
        CHECK(info->pci_hosts[0].first_bus == 16);
        CHECK(info->pci_hosts[0].last_bus == 31);
    }
    for (const std::vector<std::uint32_t>& buses : {std::vector<std::uint32_t>{1, 0}, {0, 256}, {~0u, ~0u}}) {
        CAPTURE(buses[0]);
        const auto info = with("bus-range", buses);
        CHECK(info->pci_hosts.empty());
        CHECK(info->omitted == 1);
    }
    SUBCASE("a window that wraps around") {
        const auto info = with("ranges", {0x0200'0000, 0, 0x1000'0000, ~0u, ~0u, 0, 0x1000'0000});
        REQUIRE(info->pci_hosts.size() == 1);
        CHECK(info->pci_hosts[0].windows.empty());
        CHECK(info->omitted > 0);
    }
    SUBCASE("a map to nobody") {
        const auto info = with("interrupt-map", {0, 0, 0, 1, 0x7777, 0, 3, 4});
        REQUIRE(info->pci_hosts.size() == 1);
        CHECK(info->pci_hosts[0].routes.empty());
        CHECK(info->omitted > 0);
    }
}
