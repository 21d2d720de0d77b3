// Puts together what the tables say, and lists it as hal::BootInfo wants it.
#include "platform/x64/acpi_machine.h"

namespace platform {
namespace {

using namespace std::string_view_literals;

// What every PC has where no table says otherwise.
constexpr std::uint16_t first_serial_port = 0x3f8;
constexpr std::uint8_t first_serial_isa_interrupt = 4;
constexpr std::uint16_t rtc_port = 0x70;
constexpr std::uint8_t rtc_isa_interrupt = 8;

/// Decodes the table of that signature into `out`, which stays as it is when there is none.
template <class Read, class Out>
hal::Discovered read_into(const AcpiTables& tables, std::string_view signature, Read read, Out& out) {
    const AcpiTable* table = tables.find(signature);
    if (!table) return {};
    const auto value = read(*table);
    if (!value) return std::unexpected(value.error());
    out = *value;
    return {};
}

/// Text from a table, which pads it with blanks, and may hold anything.
void append_printable(std::string_view text, base::Text<64>& out) {
    for (const char character : text.substr(0, text.find_last_not_of(" \0"sv) + 1))
        out.append(character >= ' ' && character <= '~' ? std::string_view{&character, 1} : "?");
}

base::Text<64> machine_name(const AcpiTable& fadt) {
    base::Text<64> name;
    append_printable(fadt.oem(), name);
    name.append(" ");
    append_printable(fadt.oem_table(), name);
    return name;
}

void choose_console(const std::optional<SerialPort>& named, AcpiMachine& machine) {
    const SerialPort port = named.value_or(SerialPort{.port = first_serial_port});
    machine.serial_port = port.port;
    machine.serial_line = port.line.value_or(
        machine.madt.isa_interrupt(port.isa_interrupt.value_or(first_serial_isa_interrupt)));
}

hal::Device memory_device(std::string_view kind, std::string_view compatible, base::PhysicalRange registers) {
    hal::Device device;
    base::format(device.name.sink(), "{}@{:x}", kind, registers.start.value);
    device.compatible = compatible;
    device.registers.push_back(registers);
    return device;
}

hal::Device port_device(std::string_view kind, std::string_view compatible, std::uint16_t port) {
    hal::Device device;
    base::format(device.name.sink(), "{}@port-{:x}", kind, port);
    device.compatible = compatible;
    return device;
}

hal::Device with_interrupt(hal::Device device, hal::InterruptLine line) {
    device.interrupts.push_back(line);
    return device;
}

void list_in_memory(const AcpiMachine& machine, auto list) {
    list(memory_device("local-apic", "acpi,local-apic", {machine.madt.local_apic, 0x1000}));
    for (const IoApicEntry& io_apic : machine.madt.io_apics)
        list(memory_device("ioapic", "acpi,ioapic", {io_apic.address, 0x1000}));
    if (machine.hpet) list(memory_device("hpet", "acpi,hpet", {*machine.hpet, 0x400}));
    for (const PciWindow& window : machine.pci_windows)
        list(memory_device("pci", "pci-host-ecam-generic", window.registers));
}

/// Firmware has given all BARs their addresses, and all pins their lines: no windows, no routes.
void list_pci_hosts(const AcpiMachine& machine, hal::BootInfo& out) {
    for (const PciWindow& window : machine.pci_windows) {
        const hal::PciHost host{.configuration = window.registers,
                                .first_bus = window.first_bus,
                                .last_bus = window.last_bus,
                                .windows = {},
                                .routes = {}};
        if (!out.pci_hosts.push_back(host)) ++out.omitted;
    }
}

void list_behind_ports(const AcpiMachine& machine, auto list) {
    const Fadt& fadt = machine.fadt;
    const auto line = [&](std::uint16_t isa_interrupt) {
        return machine.madt.isa_interrupt(static_cast<std::uint8_t>(isa_interrupt));
    };
    list(with_interrupt(port_device("serial", "ns16550a", machine.serial_port), machine.serial_line));
    if (fadt.has_rtc)
        list(with_interrupt(port_device("rtc", "motorola,mc146818", rtc_port), line(rtc_isa_interrupt)));
    if (fadt.pm_timer_port) list(port_device("timer", "acpi,pm-timer", fadt.pm_timer_port));
    if (fadt.pm1a_control_port)
        list(with_interrupt(port_device("power", "acpi,pm1-control", fadt.pm1a_control_port),
                            line(fadt.sci_interrupt)));
}

} // namespace

std::expected<AcpiMachine, hal::DiscoveryFault> read_acpi_machine(const AcpiTables& tables) {
    if (!tables.find("APIC"))
        return acpi_fault("there is no MADT, which lists CPUs and interrupt controllers");
    if (!tables.find("FACP")) return acpi_fault("there is no FADT, which tells how to switch off");

    AcpiMachine machine{.name = machine_name(*tables.find("FACP"))};
    std::optional<SerialPort> console;
    const hal::Discovered results[] = {read_into(tables, "APIC", read_madt, machine.madt),
                                       read_into(tables, "FACP", read_fadt, machine.fadt),
                                       read_into(tables, "HPET", read_hpet, machine.hpet),
                                       read_into(tables, "MCFG", read_mcfg, machine.pci_windows),
                                       read_into(tables, "SPCR", read_spcr, console)};
    for (const hal::Discovered& result : results)
        if (!result) return std::unexpected(result.error());
    if (const AcpiTable* dsdt = tables.find("DSDT")) machine.soft_off = find_soft_off(*dsdt);
    choose_console(console, machine);
    return machine;
}

void list_acpi_devices(const AcpiMachine& machine, std::uint32_t boot_local_apic, hal::BootInfo& out) {
    out.machine = machine.name;
    out.omitted += machine.madt.omitted;
    for (const std::uint32_t id : machine.madt.cpus)
        if (!out.cpus.push_back({id, id == boot_local_apic})) ++out.omitted;
    const auto list = [&](const hal::Device& device) {
        if (!out.devices.push_back(device)) ++out.omitted;
    };
    list_in_memory(machine, list);
    list_behind_ports(machine, list);
    list_pci_hosts(machine, out);
}

} // namespace platform
