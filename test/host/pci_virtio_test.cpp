// Virtio's capabilities on PCI: where its registers are, and what is wrong with those that are nowhere.
#include <doctest/doctest.h>

#include "driver/pci/configuration.h"
#include "driver/virtio/pci_regions.h"
#include "test/host/fake_pci.h"

using abi::Error;
using driver::virtio::find_regions;
using driver::virtio::is_virtio;
using driver::virtio::virtio_type;
using fake::PciMachine;

namespace {

constexpr std::uint8_t common = 1, notify = 2, interrupt_status = 3, device_configuration = 4;
constexpr std::uint8_t vendor_specific = 9;

/// Where QEMU puts them, though not in its order.
constexpr std::uint8_t place_of(std::uint8_t kind) { return static_cast<std::uint8_t>(0x40 + 0x20 * kind); }

void tell(fake::PciFunction& device, std::uint8_t kind, std::uint8_t bar, std::uint32_t offset,
          std::uint32_t length, std::uint32_t step = 0) {
    device.capability(place_of(kind), vendor_specific, static_cast<std::uint16_t>(kind << 8 | 20),
                      {bar, offset, length, step});
}

/// A block device with all its registers in BAR 4, 16 KiB.
struct Disk {
    Disk() {
        fake::log_lines().clear();
        device.bar64(4, 16 << 10);
        tell(device, device_configuration, 4, 0x2000, 0x1000);
        tell(device, interrupt_status, 4, 0x1000, 0x1000);
        tell(device, notify, 4, 0x3000, 0x1000, 4);
        tell(device, common, 4, 0, 0x1000);
    }

    /// Whether it is refused, with a line in the log that has `part` in it.
    bool is_refused(Error error, std::string_view part) {
        const auto regions = find_regions(machine.at(0, 1, 0));
        CAPTURE(fake::log_lines().size());
        if (regions || regions.error() != error || fake::log_lines().empty()) return false;
        INFO(fake::log_lines().back());
        CHECK(fake::log_lines().back().find("pci 00:01.0") != std::string::npos);
        CHECK(fake::log_lines().back().find(part) != std::string::npos);
        return true;
    }

    PciMachine machine;
    fake::PciFunction& device = machine.plug(0, 1, 0, 0x1af4, 0x1042);
};

} // namespace

TEST_CASE("virtio-pci: devices and their types") {
    PciMachine machine;
    CHECK_FALSE(is_virtio(machine.at(0, 0, 0)));
    for (const std::uint16_t id : {0x0fff, 0x1080}) {
        machine.plug(0, 1, 0, 0x1af4, id);
        CHECK_FALSE(is_virtio(machine.at(0, 1, 0)));
    }
    machine.plug(0, 1, 0, 0x1af4, 0x1044);
    CHECK(is_virtio(machine.at(0, 1, 0)));
    CHECK(virtio_type(machine.at(0, 1, 0)) == 4);
    machine.plug(0, 1, 0, 0x1af4, 0x1005).set<std::uint16_t>(driver::pci::offset::subsystem_id, 4);
    CHECK(is_virtio(machine.at(0, 1, 0)));
    CHECK(virtio_type(machine.at(0, 1, 0)) == 4);
}

TEST_CASE("virtio-pci: all registers are found") {
    Disk disk;
    const auto regions = find_regions(disk.machine.at(0, 1, 0));
    REQUIRE(regions);
    CHECK(regions->common.size() == 0x1000);
    CHECK(regions->notify_step == 4);
    regions->notify.write<std::uint16_t>(2, 0x1234);
    const auto bar = disk.machine.at(0, 1, 0).map_bar(4);
    REQUIRE(bar);
    CHECK(hal::direct<const std::uint16_t>(bar->start + 0x3000)[1] == 0x1234);
    CHECK(regions->configuration.has(0xfff, 1));
    CHECK_FALSE(regions->configuration.has(0xfff, 2));
    CHECK_FALSE(regions->configuration.has(0xffff'ffff, 4));
    CHECK(fake::log_lines().empty());
}

TEST_CASE("virtio-pci: of two groups of a kind the first counts") {
    Disk disk;
    disk.device.capability(0xe0, vendor_specific, common << 8 | 16, {4, 0x100, 0x200});
    const auto regions = find_regions(disk.machine.at(0, 1, 0));
    REQUIRE(regions);
    CHECK(regions->common.size() == 0x200);
}

TEST_CASE("virtio-pci: a group behind I/O ports is passed over for one in memory") {
    Disk disk;
    disk.device.io_bar(0, 0xc000).capability(0xe0, vendor_specific, notify << 8 | 20, {0, 0, 4, 2});
    const auto regions = find_regions(disk.machine.at(0, 1, 0));
    REQUIRE(regions);
    CHECK(regions->notify.size() == 0x1000);
    CHECK(regions->notify_step == 4);
}

TEST_CASE("virtio-pci: a device may have no configuration of its own") {
    Disk disk;
    disk.device.set<std::uint8_t>(place_of(device_configuration) + 3, 99);
    const auto regions = find_regions(disk.machine.at(0, 1, 0));
    REQUIRE(regions);
    CHECK_FALSE(regions->configuration.has(0, 1));
}

TEST_CASE("virtio-pci: registers outside of their BAR are refused, with a line that says which") {
    Disk disk;
    const auto set = [&](std::uint8_t kind, std::uint8_t field, std::uint32_t value) {
        disk.device.set<std::uint32_t>(place_of(kind) + field, value);
    };
    SUBCASE("a BAR that cannot be") {
        set(common, 4, 7);
        CHECK(disk.is_refused(Error::corrupt, "common configuration registers are in BAR 7: not found"));
    }
    SUBCASE("a BAR that is not there") {
        set(notify, 4, 0);
        CHECK(disk.is_refused(Error::corrupt, "notification registers are in BAR 0: not found"));
    }
    SUBCASE("an offset behind the end") {
        set(interrupt_status, 8, 0x4001);
        CHECK(disk.is_refused(Error::corrupt, "interrupt status registers are 0x1000 bytes from 0x4001 on"));
    }
    SUBCASE("a length beyond the end") {
        set(device_configuration, 12, 0x2001);
        CHECK(disk.is_refused(Error::corrupt, "device configuration registers are 0x2001 bytes"));
    }
    SUBCASE("a sum that wraps around") {
        set(common, 8, 0xffff'f000);
        set(common, 12, 0x1000);
        CHECK(disk.is_refused(Error::corrupt, "in a BAR of 0x4000"));
    }
    SUBCASE("too short") {
        set(common, 12, 55);
        CHECK(disk.is_refused(Error::corrupt, "are 55 bytes at 0x0"));
    }
    SUBCASE("misaligned") {
        set(common, 8, 2);
        CHECK(disk.is_refused(Error::corrupt, "at 0x2"));
    }
    SUBCASE("absent") {
        disk.device.set<std::uint8_t>(place_of(notify) + 3, 99);
        CHECK(disk.is_refused(Error::corrupt, "notification registers are nowhere"));
    }
    SUBCASE("in a ring of capabilities that has no end") {
        disk.device.set<std::uint8_t>(place_of(notify) + 3, 99);
        disk.device.set<std::uint8_t>(place_of(device_configuration) + 1, place_of(common));
        CHECK(disk.is_refused(Error::corrupt, "notification registers are nowhere"));
    }
}

TEST_CASE("virtio-pci: the legacy interface is refused, with the option that helps") {
    PciMachine machine;
    fake::log_lines().clear();
    machine.plug(0, 1, 0, 0x1af4, 0x1001).io_bar(0, 0xc000);
    CHECK(find_regions(machine.at(0, 1, 0)).error() == Error::unsupported);
    REQUIRE(fake::log_lines().size() == 1);
    CHECK(fake::log_lines()[0].find("disable-legacy=on") != std::string::npos);
}
