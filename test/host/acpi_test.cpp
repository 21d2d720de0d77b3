// The ACPI tables: found, checked, decoded, listed, and refused with words that name the fault.
#include <doctest/doctest.h>

#include <string>

#include "acpi_firmware.h"
#include "platform/x64/acpi_machine.h"
#include "platform/x64/acpi_print.h"

using test::contains;
using test::Firmware;
using test::store;
using test::TableBuilder;

namespace {

platform::AcpiMachine machine_of(const Firmware& firmware) {
    const auto tables = firmware.find();
    REQUIRE(tables);
    const auto machine = platform::read_acpi_machine(*tables);
    REQUIRE(machine);
    return *machine;
}

/// What is wrong with the tables' contents.
std::string machine_fault(const Firmware& firmware) {
    const auto tables = firmware.find();
    REQUIRE(tables);
    const auto machine = platform::read_acpi_machine(*tables);
    return machine ? std::string{} : std::string{machine.error().detail.view()};
}

/// Changes one field and makes the checksums right again.
template <class T>
Firmware changed(std::uint64_t table, std::size_t offset, T value) {
    Firmware firmware = Firmware::typical();
    store(firmware[table], offset, value);
    firmware.fix_checksums();
    return firmware;
}

base::Sink into(std::string& text) {
    return {[](void* context, std::string_view more) { static_cast<std::string*>(context)->append(more); },
            &text};
}

} // namespace

TEST_CASE("acpi: all tables are found through the XSDT, the DSDT through the FADT") {
    const Firmware firmware = Firmware::typical();
    const auto tables = firmware.find();
    REQUIRE(tables);
    std::string order;
    for (const platform::AcpiTable& table : *tables) order.append(table.signature()).append(" ");
    CHECK(order == "XSDT FACP APIC HPET MCFG DSDT ");
    CHECK(tables->find("MCFG")->address.value == Firmware::mcfg);
    CHECK(tables->find("SSDT") == nullptr);
    CHECK(tables->omitted() == 0);
}

TEST_CASE("acpi: before ACPI 2.0 there is only the RSDT, and its gaps are skipped") {
    Firmware firmware = Firmware::typical();
    store<std::uint8_t>(firmware[Firmware::rsdp], 15, 0);
    firmware[Firmware::rsdp].resize(20);
    firmware.fix_checksums();
    const auto tables = firmware.find();
    REQUIRE(tables);
    CHECK(tables->find("APIC") != nullptr);
    CHECK(tables->find("DSDT") != nullptr);
    CHECK(tables->find("HPET") == nullptr);
    CHECK_FALSE(machine_of(firmware).hpet);
}

TEST_CASE("acpi: the MADT's CPUs, IOAPICs and overrides") {
    const platform::Madt madt = machine_of(Firmware::typical()).madt;
    CHECK(madt.local_apic.value == 0xfee0'0000);
    REQUIRE(madt.cpus.size() == 2);
    CHECK(madt.cpus[1] == 300);
    REQUIRE(madt.io_apics.size() == 2);
    CHECK(madt.io_apics[1].address.value == 0xfec1'0000);
    CHECK(madt.io_apics[1].first_interrupt == 24);

    CHECK(madt.isa_interrupt(0).number == 2);
    CHECK(madt.isa_interrupt(0).edge_triggered);
    CHECK(madt.isa_interrupt(4).number == 4);
    CHECK(madt.isa_interrupt(4).edge_triggered);
    CHECK_FALSE(madt.isa_interrupt(4).active_low);
    CHECK(madt.isa_interrupt(9).number == 20);
    CHECK_FALSE(madt.isa_interrupt(9).edge_triggered);
    CHECK(madt.isa_interrupt(9).active_low);
}

TEST_CASE("acpi: the FADT's registers, reset and soft off") {
    const platform::AcpiMachine machine = machine_of(Firmware::typical());
    CHECK(machine.fadt.sci_interrupt == 9);
    CHECK(machine.fadt.smi_command_port == 0xb2);
    CHECK(machine.fadt.acpi_enable == 2);
    CHECK(machine.fadt.pm1a_control_port == 0x604);
    CHECK(machine.fadt.pm1b_control_port == 0);
    CHECK(machine.fadt.pm_timer_port == 0x608);
    CHECK(machine.fadt.pm_timer_has_32_bits);
    REQUIRE(machine.fadt.reset_register);
    CHECK(machine.fadt.reset_register->is_port());
    CHECK(machine.fadt.reset_register->address == 0xcf9);
    CHECK(machine.fadt.reset_value == 0x0f);
    REQUIRE(machine.soft_off);
    CHECK(machine.soft_off->a == 5);
    CHECK(machine.soft_off->b == 1);
}

TEST_CASE("acpi: an old, short FADT has no reset register") {
    Firmware firmware = Firmware::typical();
    firmware[Firmware::fadt].resize(116);
    store<std::uint32_t>(firmware[Firmware::fadt], 4, 116);
    firmware.fix_checksums();
    const platform::Fadt fadt = machine_of(firmware).fadt;
    CHECK(fadt.pm1a_control_port == 0x604);
    CHECK_FALSE(fadt.reset_register);
}

TEST_CASE("acpi: the console is the first serial port unless the SPCR names another") {
    CHECK(machine_of(Firmware::typical()).serial_port == 0x3f8);
    CHECK(machine_of(Firmware::typical()).serial_line.number == 4);

    Firmware firmware = Firmware::typical();
    TableBuilder spcr("SPCR", 2);
    spcr.pad_to(40).add_bytes({1, 8, 0, 1}).add<std::uint64_t>(0x2f8).add_bytes({1, 9}).pad_to(80);
    firmware[Firmware::spcr] = spcr.finish();
    firmware[Firmware::xsdt] =
        TableBuilder("XSDT", 1).add(Firmware::madt).add(Firmware::fadt).add(Firmware::spcr).finish();
    CHECK(machine_of(firmware).serial_port == 0x2f8);
    CHECK(machine_of(firmware).serial_line.number == 20);
}

TEST_CASE("acpi: CPUs and devices as the kernel lists them") {
    static hal::BootInfo boot_info;
    boot_info = {};
    platform::list_acpi_devices(machine_of(Firmware::typical()), 300, boot_info);
    CHECK(boot_info.machine.view() == "TEST TRIVIUM");
    REQUIRE(boot_info.cpus.size() == 2);
    CHECK_FALSE(boot_info.cpus[0].is_boot_cpu);
    CHECK(boot_info.cpus[1].is_boot_cpu);

    const hal::Device* pci = hal::find_device(boot_info, "pci-host-ecam-generic");
    REQUIRE(pci);
    CHECK(pci->name.view() == "pci@b0000000");
    CHECK(pci->registers[0] == base::PhysicalRange{{0xb000'0000}, 256 << 20});
    REQUIRE(boot_info.pci_hosts.size() == 1);
    CHECK(boot_info.pci_hosts[0].configuration == pci->registers[0]);
    CHECK(boot_info.pci_hosts[0].last_bus == 255);
    CHECK(boot_info.pci_hosts[0].windows.empty());
    const hal::Device* serial = hal::find_device(boot_info, "ns16550a");
    REQUIRE(serial);
    CHECK(serial->registers.empty());
    CHECK(serial->interrupts[0].number == 4);
    CHECK(boot_info.omitted == 0);
}

TEST_CASE("acpi: a damaged RSDP or root table is named") {
    Firmware firmware = Firmware::typical();
    firmware[Firmware::rsdp][0] = std::byte{'X'};
    CHECK(contains(firmware.fault(), "ACPI: no RSDP at 0xf0000: its signature is wrong"));
    firmware = Firmware::typical();
    firmware[Firmware::rsdp][10] ^= std::byte{1};
    CHECK(contains(firmware.fault(), "RSDP at 0xf0000 has a wrong checksum"));
    firmware = Firmware::typical();
    firmware[Firmware::rsdp][34] ^= std::byte{1};
    CHECK(contains(firmware.fault(), "wrong extended checksum"));
    CHECK(contains(changed<std::uint32_t>(Firmware::rsdp, 20, 8).fault(), "says that it is 8 bytes long"));
    CHECK(contains(changed<std::uint64_t>(Firmware::rsdp, 24, 0x123'4567'89ab).fault(),
                   "a table at 0x123456789ab is not in memory"));
    CHECK(contains(changed<std::uint64_t>(Firmware::rsdp, 24, Firmware::madt).fault(), "where no XSDT is"));
    CHECK(contains(Firmware{}.fault(), "is not in memory that can be read"));
}

TEST_CASE("acpi: a damaged table is named") {
    Firmware firmware = Firmware::typical();
    firmware[Firmware::madt][50] ^= std::byte{0x10};
    CHECK(firmware.fault() == "ACPI: MADT at 0x102000 has a wrong checksum");
    firmware = Firmware::typical();
    firmware[Firmware::hpet].resize(50);
    CHECK(contains(firmware.fault(), "HPET at 0x105000 reaches 56 bytes, out of memory"));
    CHECK(contains(changed<std::uint32_t>(Firmware::mcfg, 4, 0).fault(),
                   "MCFG at 0x106000 says that it is 0 bytes long"));
    CHECK(contains(changed<std::uint32_t>(Firmware::fadt, 4, ~0u).fault(),
                   "FADT at 0x103000 says that it is 4294967295"));
    CHECK(contains(changed<std::uint64_t>(Firmware::xsdt, 36, ~0ull).fault(),
                   "a table at 0xffffffffffffffff is not"));
    CHECK(contains(changed<std::uint32_t>(Firmware::fadt, 40, 0x666).fault(),
                   "a table at 0x666 is not in memory"));

    firmware = Firmware::typical();
    firmware[Firmware::xsdt].pop_back();
    store<std::uint32_t>(firmware[Firmware::xsdt], 4, firmware[Firmware::xsdt].size());
    firmware.fix_checksums();
    CHECK(contains(firmware.fault(), "no whole number of entries"));
}

TEST_CASE("acpi: contents that make no sense are named") {
    for (const std::uint8_t length : {0, 1, 2, 7, 255}) {
        CAPTURE(length);
        const std::string fault = machine_fault(changed(Firmware::madt, 44 + 8 + 1, length));
        CHECK(contains(fault, "MADT at 0x102000: its entry at offset 52, of type 0"));
    }
    CHECK(contains(machine_fault(changed<std::uint8_t>(Firmware::hpet, 40, 1)),
                   "HPET at 0x105000 does not say"));
    CHECK(contains(machine_fault(changed<std::uint16_t>(Firmware::mcfg, 54, 0x0109)),
                   "MCFG at 0x106000 lists buses 9 to 1"));
    CHECK(contains(machine_fault(changed<std::uint32_t>(Firmware::fadt, 0, 0x21212121)), "there is no FADT"));

    Firmware firmware = Firmware::typical();
    firmware[Firmware::madt] = TableBuilder("APIC", 1).pad_to(44).finish();
    CHECK(contains(machine_fault(firmware), "lists no IOAPIC"));
    firmware[Firmware::madt] = TableBuilder("APIC", 1).pad_to(40).finish();
    CHECK(contains(machine_fault(firmware), "MADT at 0x102000 is 40 bytes long, but needs 44"));
}

TEST_CASE("acpi: more tables than there is room for are counted") {
    Firmware firmware = Firmware::typical();
    TableBuilder xsdt("XSDT", 1);
    for (int i = 0; i < 100; ++i) xsdt.add(Firmware::hpet);
    firmware[Firmware::xsdt] = xsdt.finish();
    const auto tables = firmware.find();
    REQUIRE(tables);
    CHECK(tables->omitted() == 53);
}

TEST_CASE("acpi: _S5_ in all its spellings, and cut short") {
    const auto soft_off = [](std::initializer_list<unsigned> aml) {
        const test::Block block = TableBuilder("DSDT", 1).add_text("_S5_").add_bytes(aml).finish();
        return platform::find_soft_off({{}, block});
    };
    CHECK(soft_off({0x12, 0x06, 0x04, 0x00, 0x01, 0x00, 0x00})->b == 1);
    CHECK(soft_off({0x12, 0x40, 0x06, 0x02, 0x0a, 0x07, 0x0a, 0x03})->a == 7);
    CHECK(soft_off({0x12, 0x0a, 0x02, 0x0b, 0x05, 0x00, 0x0c, 0x06, 0x00, 0x00, 0x00})->b == 6);
    CHECK_FALSE(soft_off({0x12, 0x06, 0x01, 0x00, 0x01}));
    CHECK_FALSE(soft_off({0x12, 0x06, 0x04, 0x70, 0x01}));
    CHECK_FALSE(soft_off({0x12, 0x06, 0x04, 0x0a}));
    CHECK_FALSE(soft_off({0x12, 0xc0}));
    CHECK_FALSE(soft_off({}));
}

TEST_CASE("acpi: the printed tables name what is in them") {
    const Firmware firmware = Firmware::typical();
    const auto tables = firmware.find();
    REQUIRE(tables);
    std::string text;
    platform::print_acpi_tables(*tables, firmware.memory(), into(text));
    for (const std::string_view part :
         {"RSDP at 0xf0000", "XSDT at 0x100000", "table at 0x102000", "APIC (MADT) at 0x102000",
          "checksum right", "IOAPIC 6: at 0xfec10000, global interrupts from 24",
          "ISA interrupt 9: is global interrupt 20, level, active low", "entry of type 127, 5 bytes",
          "local x2APIC 300: processor 7, enabled", "reset: 0xf to port 0xcf9", "registers at 0xfed00000",
          "PCI segment 0, buses 0 to 255", "soft off is sleep type 5, 1"}) {
        CAPTURE(part);
        CHECK(contains(text, part));
    }
}
