// Reads HPET, MCFG and SPCR.
#include "platform/x64/acpi_devices.h"

#include "platform/x64/acpi_fadt.h"

namespace platform {

std::expected<base::PhysicalAddress, hal::DiscoveryFault> read_hpet(const AcpiTable& table) {
    if (auto enough = require_size(table, 56); !enough) return std::unexpected(enough.error());
    const GenericAddress registers = read_generic_address(table.bytes, 40);
    if (registers.space != GenericAddress::Space::memory || registers.address == 0)
        return acpi_fault("HPET at {:#x} does not say where in memory its registers are", table.address);
    return base::PhysicalAddress{registers.address};
}

std::expected<PciWindows, hal::DiscoveryFault> read_mcfg(const AcpiTable& table) {
    constexpr std::size_t first_entry = 44;
    constexpr std::size_t entry_size = 16;
    constexpr std::uint64_t bus_size = 1 << 20;
    if (auto enough = require_size(table, first_entry); !enough) return std::unexpected(enough.error());
    PciWindows windows;
    for (std::size_t offset = first_entry; table.bytes.size() - offset >= entry_size; offset += entry_size) {
        const auto bus_0 = number<std::uint64_t>(table.bytes, offset);
        const auto first = number<std::uint8_t>(table.bytes, offset + 10);
        const auto last = number<std::uint8_t>(table.bytes, offset + 11);
        // 48 bits are more than any x64 CPU's bus has had so far with four-level tables; it also keeps sums
        // from wrapping.
        if (last < first || bus_0 >> 48 != 0 || bus_0 % bus_size != 0)
            return acpi_fault("MCFG at {:#x} lists buses {} to {} at {:#x}", table.address, first, last,
                              base::PhysicalAddress{bus_0});
        const base::PhysicalRange registers{{bus_0 + first * bus_size}, (last - first + 1u) * bus_size};
        windows.push_back({registers, number<std::uint16_t>(table.bytes, offset + 8), first, last});
    }
    return windows;
}

std::expected<std::optional<SerialPort>, hal::DiscoveryFault> read_spcr(const AcpiTable& table) {
    constexpr std::uint8_t type_16550 = 0x00;
    constexpr std::uint8_t type_16550_with_address = 0x12;
    constexpr std::uint8_t has_isa_interrupt = 1 << 0;
    constexpr std::uint8_t has_global_interrupt = 1 << 1;
    if (auto enough = require_size(table, 58); !enough) return std::unexpected(enough.error());
    const auto type = number<std::uint8_t>(table.bytes, 36);
    const GenericAddress registers = read_generic_address(table.bytes, 40);
    if ((type != type_16550 && type != type_16550_with_address) || !registers.is_port())
        return std::optional<SerialPort>{};

    SerialPort serial{.port = static_cast<std::uint16_t>(registers.address)};
    const auto interrupts = number<std::uint8_t>(table.bytes, 52);
    if (interrupts & has_isa_interrupt)
        serial.isa_interrupt = number<std::uint8_t>(table.bytes, 53);
    else if (interrupts & has_global_interrupt)
        serial.line =
            hal::InterruptLine{.number = number<std::uint32_t>(table.bytes, 54), .edge_triggered = true};
    return serial;
}

} // namespace platform
