// The trees that QEMU builds for its machines, dumped by `make host-test`, and what discovery must find in
// them.
#include <doctest/doctest.h>

#include <algorithm>

#include "test/host/device_tree_fixture.h"

using Lines = std::vector<std::string>;
using trees::Blob;

namespace {

struct Machine {
    std::string tree;
    std::size_t cpus;
    std::uint64_t memory;
};

std::string device_line(const hal::BootInfo& info, std::string_view compatible) {
    const hal::Device* device = hal::find_device(info, compatible);
    return device ? trees::line(*device) : "none";
}

auto count_of(const hal::BootInfo& info, std::string_view compatible) {
    return std::ranges::count_if(
        info.devices, [&](const hal::Device& device) { return device.compatible.view() == compatible; });
}

/// What holds for every machine.
std::unique_ptr<hal::BootInfo> discover(const Machine& machine, std::uint64_t ram) {
    CAPTURE(machine.tree);
    auto [fault, info] = trees::discover(Blob::load(machine.tree));
    REQUIRE(fault == "");
    CHECK(info->omitted == 0);
    CHECK(info->memory_size() == machine.memory);
    REQUIRE(info->memory.size() == 1);
    CHECK(info->memory[0].start.value == ram);
    CHECK(info->initrd.is_empty());
    REQUIRE(info->cpus.size() == machine.cpus);
    for (std::size_t i = 0; i < machine.cpus; ++i) {
        CHECK(info->cpus[i].hardware_id == i);
        CHECK(info->cpus[i].is_boot_cpu == (i == 0));
    }
    return std::move(info);
}

} // namespace

TEST_CASE("device tree: QEMU's arm64 virt") {
    for (const Machine& machine : {Machine{"qemu-arm64-gic2-smp1-mem64M", 1, 64ul << 20},
                                   Machine{"qemu-arm64-gic3-smp4-mem4G", 4, 4ul << 30}}) {
        const auto info = discover(machine, 0x4000'0000);
        CHECK(info->machine.view() == "linux,dummy-virt");
        CHECK(count_of(*info, "virtio,mmio") == 32);
        CHECK(device_line(*info, "virtio,mmio") ==
              "virtio_mmio@a000000 | virtio,mmio | a000000+200 | 48 edge");
        CHECK(device_line(*info, "arm,pl011") == "pl011@9000000 | arm,pl011 | 9000000+1000 | 33");
        CHECK(device_line(*info, "arm,pl031") == "pl031@9010000 | arm,pl031 | 9010000+1000 | 34");
        CHECK(device_line(*info, "pci-host-ecam-generic") ==
              "pcie@10000000 | pci-host-ecam-generic | 4010000000+10000000 |");
    }
}

TEST_CASE("device tree: QEMU's interrupt controllers and timer on arm64") {
    const auto version2 = trees::discover(Blob::load("qemu-arm64-gic2-smp1-mem64M")).info;
    CHECK(device_line(*version2, "arm,cortex-a15-gic") ==
          "intc@8000000 | arm,cortex-a15-gic | 8000000+10000 8010000+10000 8030000+10000 8040000+10000 | 25");
    const auto version3 = trees::discover(Blob::load("qemu-arm64-gic3-smp4-mem4G")).info;
    CHECK(device_line(*version3, "arm,gic-v3") ==
          "intc@8000000 | arm,gic-v3 | 8000000+10000 80a0000+f60000 | 25");
    CHECK(device_line(*version3, "arm,armv8-timer") == "timer | arm,armv8-timer | | 29 30 27 26");
}

TEST_CASE("device tree: QEMU's rv64 virt") {
    for (const Machine& machine :
         {Machine{"qemu-rv64-smp1-mem64M", 1, 64ul << 20}, Machine{"qemu-rv64-smp4-mem4G", 4, 4ul << 30}}) {
        const auto info = discover(machine, 0x8000'0000);
        CHECK(info->machine.view() == "riscv-virtio,qemu");
        CHECK(count_of(*info, "virtio,mmio") == 8);
        CHECK(device_line(*info, "ns16550a") == "serial@10000000 | ns16550a | 10000000+100 | 10");
        CHECK(device_line(*info, "google,goldfish-rtc") ==
              "rtc@101000 | google,goldfish-rtc | 101000+1000 | 11");
        CHECK(device_line(*info, "sifive,plic-1.0.0") ==
              "plic@c000000 | sifive,plic-1.0.0 | c000000+600000 | 11 9");
        CHECK(device_line(*info, "sifive,test1") == "test@100000 | sifive,test1 | 100000+1000 |");
    }
}

TEST_CASE("device tree: what platforms read beside BootInfo") {
    const Blob arm64 = Blob::load("qemu-arm64-gic3-smp4-mem4G");
    const platform::DeviceTree arm = trees::tree_of(arm64);
    const auto psci = arm.find_compatible("arm,psci-1.0");
    REQUIRE(psci.has_value());
    CHECK(arm.string(*psci, "method") == "smc");
    CHECK(arm.name(arm.console_node().value_or(arm.root())) == "pl011@9000000");

    const Blob rv64 = Blob::load("qemu-rv64-smp4-mem4G");
    const platform::DeviceTree riscv = trees::tree_of(rv64);
    const auto cpus = riscv.find("/cpus");
    REQUIRE(cpus.has_value());
    CHECK(riscv.cell(*cpus, "timebase-frequency") == 10'000'000);
    CHECK(riscv.name(riscv.console_node().value_or(riscv.root())) == "serial@10000000");
    const auto plic = riscv.find_compatible("sifive,plic-1.0.0");
    REQUIRE(plic.has_value());
    for (std::uint32_t context = 0; context < 8; ++context) { // Of each hart M and S, from the last hart on.
        const auto phandle = riscv.cell(*plic, "interrupts-extended", 2 * context);
        const auto controller = riscv.find_by_phandle(phandle.value_or(0));
        REQUIRE(controller.has_value());
        CHECK(riscv.cell(*riscv.parent(*controller), "reg") == context / 2);
    }
}
