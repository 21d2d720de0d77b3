// Trees drawn like those of real boards (test/host/dts), and what discovery must make of them.
#include <doctest/doctest.h>

#include "test/host/device_tree_fixture.h"

using Lines = std::vector<std::string>;
using trees::Blob;

TEST_CASE("device tree: an Arm board with nested buses, PCI and an interrupt nexus") {
    const auto [fault, info] = trees::discover(Blob::load("nested_buses"), 0x1'0000'0001);
    REQUIRE(fault == "");
    CHECK(info->machine.view() == "Nested Buses, revision 2");
    CHECK(info->command_line.view() == "console=ttyS0 monitor");
    CHECK(info->omitted == 0);
    CHECK(trees::lines(info->memory) == Lines{"80000000+60000000", "880000000+100000000"});
    CHECK(info->memory_size() == 0x1'6000'0000);
    CHECK(trees::lines(info->cpus) == Lines{"0", "100000001 boot"});
    CHECK(trees::line(info->initrd) == "88000000+123456");
    CHECK(trees::lines(info->reserved) == Lines{"firmware 80000000+10000", "firmware 90000000+200000",
                                                "firmware a0000000+800000", "firmware a1000000+1000",
                                                "initrd 88000000+123456"});
    CHECK(trees::lines(info->devices) ==
          Lines{
              "timer | arm,armv8-timer | | 29 low 30 low 27 low 26 low",
              "interrupt-controller@2c001000 | arm,gic-400 | 2c001000+1000 2c002000+2000 | 25",
              "serial@1000 | arm,pl011 | 140001000+1000 | 37",
              "gpio@3000 | example,gpio | 140003000+100 | 39 edge 40 edge low",
              "i2c@4000 | example,i2c | 140004000+100 | 41 low",
              "touch@48 | example,touch | | 17",
              "mixed@5000 | example,mixed | 140005000+100 | 42 3 74 edge",
              "second-window@f0000800 | example,second-window | 30000800+100 |",
              "pcie@10000000 | pci-host-ecam-generic | 4010000000+10000000 |",
              "ethernet@1,0 | pci8086,100e | 50020000+20000 3eff0040+40 8000001000+1000 | 36",
              "bridge@1,1 |  | | 75",
              "nvme@0 | pciclass,010802 | 8000004000+4000 |",
          });
}

TEST_CASE("device tree: a RISC-V board with a disabled hart and unconnected PLIC contexts") {
    const auto [fault, info] = trees::discover(Blob::load("unleashed"), 1);
    REQUIRE(fault == "");
    CHECK(info->machine.view() == "example,unleashed");
    CHECK(trees::lines(info->cpus) == Lines{"1 boot", "2"});
    CHECK(trees::lines(info->memory) == Lines{"80000000+200000000"});
    CHECK(trees::lines(info->reserved) == Lines{"initrd 84000000+100000"});
    CHECK(trees::lines(info->devices) ==
          Lines{"interrupt-controller@c000000 | sifive,plic-1.0.0 | c000000+4000000 | 9",
                "clint@2000000 | riscv,clint0 | 2000000+10000 | 3 7",
                "serial@10010000 | sifive,uart0 | 10010000+1000 | 4",
                "dma@3000000 | example,dma | 3000000+8000 | 23 24 25 26"});
    CHECK(info->omitted == 1); // The DMA's fifth and sixth line.
}

TEST_CASE("device tree: a device's mistake costs that device alone, and rings end") {
    const auto [fault, info] = trees::discover(Blob::load("odd_devices"));
    REQUIRE(fault == "");
    CHECK(trees::lines(info->devices) ==
          Lines{"pic@1000 | example,pic | 1000+100 |", "good@2000 | example,good | 2000+100 | 3",
                "lost-parent@4000 | example,lost-parent | 4000+100 |",
                "wrong-parent@5000 | example,wrong-parent | 5000+100 |",
                "cut-off@6000 | example,cut-off | 6000+100 | 1",
                "in-rings@7000 | example,in-rings | 7000+100 |",
                "in-circles@8000 | example,in-circles | 8000+100 |", "hen@9000 | example,hen | 9000+100 |",
                "egg@a000 | example,egg | a000+100 |"});
    // short-reg, seven devices without their interrupts, half a range, unreadable cells.
    CHECK(info->omitted == 10);
}

TEST_CASE("device tree: nodes are found by path, alias, phandle and compatible") {
    const Blob blob = Blob::load("nested_buses");
    const platform::DeviceTree tree = trees::tree_of(blob);
    const auto uart = tree.find("/soc/peripherals@40000000/serial@1000");
    REQUIRE(uart.has_value());
    CHECK(tree.path(*uart).view() == "/soc/peripherals@40000000/serial@1000");
    CHECK(tree.find("serial0") == uart);
    CHECK(tree.find("bus/serial@1000") == uart);
    CHECK(tree.find("/soc/peripherals/serial@1000") == uart);
    CHECK(tree.console_node() == uart);
    CHECK(tree.find_compatible("arm,primecell") == uart);
    CHECK(tree.find_compatible("arm,primecell", uart) == std::nullopt); // The second one is disabled.
    CHECK(tree.name(*tree.parent(*uart)) == "peripherals@40000000");
    CHECK(tree.find("/") == tree.root());
    for (const char* wrong : {"", "serial1", "/soc/nothing", "/sock", "serial0/below"})
        CHECK_MESSAGE(!tree.find(wrong), wrong);

    const auto gic = tree.find("/interrupt-controller");
    REQUIRE(gic.has_value());
    CHECK(tree.find_by_phandle(*tree.cell(*gic, "phandle")) == gic);
    CHECK(!tree.find_by_phandle(0));
    CHECK(!tree.find_by_phandle(0x7777));
    CHECK(tree.is_compatible(*gic, "arm,cortex-a15-gic"));
    CHECK(!tree.is_compatible(*gic, "arm,cortex-a15"));
    CHECK(tree.cell(*gic, "reg", 7) == 0x2000);
    CHECK(!tree.cell(*gic, "reg", 8));
    CHECK(tree.string(*gic, "compatible") == "arm,gic-400");
    CHECK(!tree.string(*gic, "interrupt-controller"));
}

TEST_CASE("device tree: an alias that names itself names nothing") {
    const Blob blob = Blob::load("odd_devices");
    const platform::DeviceTree tree = trees::tree_of(blob);
    CHECK(!tree.console_node());
    CHECK(!tree.find("self"));
    CHECK(!tree.find("here/there"));
}

TEST_CASE("device tree: what finds no room is counted") {
    Blob blob = Blob::load("unleashed");
    std::vector<std::uint32_t> banks;
    for (std::uint32_t bank = 0; bank < 70; ++bank) banks.insert(banks.end(), {8 + bank, 0, 0, 0x1000});
    const auto [fault, info] = trees::discover(blob.with("/memory@80000000", "reg", banks));
    CHECK(fault == "");
    CHECK(info->memory.size() == 64);
    CHECK(info->omitted == 6 + 1);
}

TEST_CASE("device tree: printed as source, each value as what it looks like") {
    Blob blob = Blob::load("unleashed").with_bytes("/chosen", "mac", "\x02\x10\xff");
    blob = blob.with_bytes("/chosen", "quoted", std::string("say \"\\\"\0two\0", 12));
    blob = blob.with_bytes("/chosen", "number", std::string("\0a\0\0", 4));
    std::string text;
    const auto append = [](void* context, std::string_view more) {
        static_cast<std::string*>(context)->append(more);
    };
    platform::print_device_tree(trees::tree_of(blob), {append, &text});
    const auto contains = [&](std::string_view part) { return text.find(part) != std::string::npos; };
    CHECK(text.starts_with("/dts-v1/;\n/ {\n    "));
    CHECK(text.ends_with("    };\n};\n"));
    CHECK(contains("\n    compatible = \"example,unleashed\";\n"));
    CHECK(contains("\n        mac = [02 10 ff];\n"));
    CHECK(contains("\n        quoted = \"say \\\"\\\\\\\"\", \"two\";\n"));
    CHECK(contains("\n        number = <0x610000>;\n"));
    CHECK(contains("\n    memory@80000000 {\n        device_type = \"memory\";\n"
                   "        reg = <0x0 0x80000000 0x2 0x0>;\n    };\n    cpus {\n"));
    CHECK(contains("\n    soc {\n"));
    CHECK(contains("\n        ranges;\n"));
}
