// Prints the ACPI tables, decoded as far as this kernel understands them.
#include "platform/x64/acpi_print.h"

#include <algorithm>

#include "platform/x64/acpi_devices.h"
#include "platform/x64/acpi_fadt.h"
#include "platform/x64/acpi_madt.h"

namespace platform {
namespace {

std::string_view trigger(const hal::InterruptLine& line) { return line.edge_triggered ? "edge" : "level"; }

std::string_view polarity(const hal::InterruptLine& line) { return line.active_low ? "low" : "high"; }

/// Text from a table, with dots for what would upset a terminal.
void print_text(std::string_view text, base::Sink sink) {
    for (const char character : text)
        sink(character >= ' ' && character <= '~' ? std::string_view{&character, 1} : ".");
}

void print_bytes(Bytes bytes, base::Sink sink) {
    constexpr std::size_t row = 16;
    constexpr std::size_t shown = 4 * row;
    for (std::size_t offset = 0; offset < std::min(bytes.size(), shown); offset += row) {
        const Bytes part = bytes.subspan(offset, std::min(row, bytes.size() - offset));
        base::format(sink, "    {:04x} ", offset);
        for (const std::byte byte : part) base::format(sink, " {:02x}", std::to_integer<unsigned>(byte));
        base::format(sink, "\n");
    }
    if (bytes.size() > shown) base::format(sink, "    ({} more bytes)\n", bytes.size() - shown);
}

void print_madt_entry(const MadtEntry& entry, base::Sink sink) {
    const auto byte = [&](std::size_t offset) { return number<std::uint8_t>(entry.bytes, offset); };
    const auto word = [&](std::size_t offset) { return number<std::uint32_t>(entry.bytes, offset); };
    const InterruptOverride override = read_override(entry.bytes);
    switch (entry.type) {
    case MadtType::local_apic:
        base::format(sink, "    local APIC {}: processor {}, {}\n", byte(3), byte(2),
                     word(4) & 1 ? "enabled" : "disabled");
        return;
    case MadtType::io_apic:
        base::format(sink, "    IOAPIC {}: at {:#x}, global interrupts from {}\n", byte(2), word(4), word(8));
        return;
    case MadtType::interrupt_override:
        base::format(sink, "    ISA interrupt {}: is global interrupt {}, {}, active {}\n",
                     override.isa_interrupt, override.line.number, trigger(override.line),
                     polarity(override.line));
        return;
    case MadtType::local_apic_nmi:
        base::format(sink, "    NMI: LINT{} of processor {} (255: of all)\n", byte(5), byte(2));
        return;
    case MadtType::local_apic_address:
        base::format(sink, "    local APICs at {:#x}\n", number<std::uint64_t>(entry.bytes, 4));
        return;
    case MadtType::local_x2apic:
        base::format(sink, "    local x2APIC {}: processor {}, {}\n", word(4), word(12),
                     word(8) & 1 ? "enabled" : "disabled");
        return;
    default:
        base::format(sink, "    entry of type {}, {} bytes\n", static_cast<std::uint8_t>(entry.type),
                     entry.bytes.size());
        return;
    }
}

void print_madt(const AcpiTable& table, base::Sink sink) {
    base::format(sink, "    local APICs at {:#x}\n", number<std::uint32_t>(table.bytes, 36));
    for (std::size_t offset = first_madt_entry; offset < table.bytes.size();) {
        const auto entry = madt_entry_at(table, offset);
        if (!entry) return base::format(sink, "    {}\n", entry.error().detail);
        print_madt_entry(*entry, sink);
        offset += entry->bytes.size();
    }
}

void print_fadt(const AcpiTable& table, base::Sink sink) {
    const auto fadt = read_fadt(table);
    if (!fadt) return base::format(sink, "    {}\n", fadt.error().detail);
    base::format(sink, "    SCI: ISA interrupt {}\n", fadt->sci_interrupt);
    base::format(sink, "    SMI command: port {:#x}, enable ACPI by {:#x}\n", fadt->smi_command_port,
                 fadt->acpi_enable);
    base::format(sink, "    PM1 control: ports {:#x}, {:#x}\n", fadt->pm1a_control_port,
                 fadt->pm1b_control_port);
    base::format(sink, "    PM timer: port {:#x}, {} bits\n", fadt->pm_timer_port,
                 fadt->pm_timer_has_32_bits ? 32 : 24);
    if (fadt->reset_register)
        base::format(sink, "    reset: {:#x} to {} {:#x}\n", fadt->reset_value,
                     fadt->reset_register->is_port() ? "port" : "address", fadt->reset_register->address);
}

void print_hpet(const AcpiTable& table, base::Sink sink) {
    const auto registers = read_hpet(table);
    if (!registers) return base::format(sink, "    {}\n", registers.error().detail);
    base::format(sink, "    registers at {:#x}\n", *registers);
}

void print_mcfg(const AcpiTable& table, base::Sink sink) {
    const auto windows = read_mcfg(table);
    if (!windows) return base::format(sink, "    {}\n", windows.error().detail);
    for (const PciWindow& window : *windows)
        base::format(sink, "    PCI segment {}, buses {} to {}: configuration space at {:#x}\n",
                     window.segment, window.first_bus, window.last_bus, window.registers.start);
}

void print_dsdt(const AcpiTable& table, base::Sink sink) {
    if (const auto soft_off = find_soft_off(table))
        base::format(sink, "    _S5_: soft off is sleep type {}, {}\n", soft_off->a, soft_off->b);
    print_bytes(table.bytes.subspan(AcpiTable::header_size), sink);
}

/// The XSDT's addresses of 64 bits, or the RSDT's of 32.
void print_list(const AcpiTable& table, std::size_t entry_size, base::Sink sink) {
    for (std::size_t offset = AcpiTable::header_size; offset < table.bytes.size(); offset += entry_size)
        base::format(sink, "    table at {:#x}\n",
                     entry_size == sizeof(std::uint64_t) ? number<std::uint64_t>(table.bytes, offset)
                                                         : number<std::uint32_t>(table.bytes, offset));
}

void print_contents(const AcpiTable& table, base::Sink sink) {
    const std::string_view signature = table.signature();
    if (signature == "XSDT") return print_list(table, sizeof(std::uint64_t), sink);
    if (signature == "RSDT") return print_list(table, sizeof(std::uint32_t), sink);
    if (signature == "APIC") return print_madt(table, sink);
    if (signature == "FACP") return print_fadt(table, sink);
    if (signature == "HPET") return print_hpet(table, sink);
    if (signature == "MCFG") return print_mcfg(table, sink);
    if (signature == "DSDT") return print_dsdt(table, sink);
    print_bytes(table.bytes.subspan(AcpiTable::header_size), sink);
}

void print_table(const AcpiTable& table, base::Sink sink) {
    print_text(table.signature(), sink);
    if (acpi_table_name(table.signature()) != table.signature())
        base::format(sink, " ({})", acpi_table_name(table.signature()));
    base::format(sink, " at {:#x}, {} bytes, revision {}, by \"", table.address, table.bytes.size(),
                 table.revision());
    print_text(table.oem(), sink);
    base::format(sink, "\" \"");
    print_text(table.oem_table(), sink);
    base::format(sink, "\", checksum {}\n", has_right_checksum(table.bytes) ? "right" : "wrong");
    print_contents(table, sink);
}

} // namespace

void print_acpi_tables(const AcpiTables& tables, PhysicalMemory memory, base::Sink sink) {
    base::format(sink, "RSDP at {:#x}\n", tables.rsdp());
    for (const AcpiTable& table : tables)
        if (memory(table.address, table.bytes.size()).empty())
            base::format(sink, "a table at {:#x}, which is not in RAM\n", table.address);
        else
            print_table(table, sink);
    if (tables.omitted() > 0) base::format(sink, "({} more tables)\n", tables.omitted());
}

} // namespace platform
