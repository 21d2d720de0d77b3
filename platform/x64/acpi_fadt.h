// The FADT: power management by fixed registers, and how to sleep and to reset (ACPI 6.4, 5.2.9).
#pragma once

#include "platform/x64/acpi.h"

namespace platform {

/// Where a register is (ACPI 6.4, 5.2.3.2, "generic address structure").
struct GenericAddress {
    enum class Space : std::uint8_t { memory = 0, io_port = 1, pci_configuration = 2 };
    Space space{};
    std::uint64_t address = 0;

    bool is_port() const { return space == Space::io_port && address != 0 && address <= 0xffff; }
};

/// Decodes the 12 bytes of a generic address; all zero when they lie outside of the table.
GenericAddress read_generic_address(Bytes table, std::size_t offset);

/// What to write into SLP_TYP of the PM1 control registers, to enter a sleep state.
struct SleepType {
    std::uint8_t a = 0;
    std::uint8_t b = 0;
};

/// What this kernel takes from the table. Port 0: the register does not exist.
struct Fadt {
    std::uint16_t sci_interrupt = 0;
    std::uint16_t smi_command_port = 0;
    std::uint8_t acpi_enable =
        0; ///< Written to smi_command_port, makes firmware hand over the fixed registers.
    std::uint16_t pm1a_control_port = 0;
    std::uint16_t pm1b_control_port = 0;
    std::uint16_t pm_timer_port = 0;
    bool pm_timer_has_32_bits = false; ///< Else it has 24.
    bool has_rtc = false;
    std::optional<GenericAddress> reset_register{};
    std::uint8_t reset_value = 0;
};

std::expected<Fadt, hal::DiscoveryFault> read_fadt(const AcpiTable& table);

/// Finds the package that the DSDT names _S5_, "soft off", without interpreting AML: nothing when there is
/// none of the plain form that all firmware uses (ACPI 6.4, 7.4.2 and 20.2).
std::optional<SleepType> find_soft_off(const AcpiTable& dsdt);

} // namespace platform
