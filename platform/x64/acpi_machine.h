// What the ACPI tables say together: everything the drivers of this platform ask, and the kernel's list of
// devices.
#pragma once

#include "platform/x64/acpi_devices.h"
#include "platform/x64/acpi_fadt.h"
#include "platform/x64/acpi_madt.h"

namespace platform {

struct AcpiMachine {
    base::Text<64> name{};
    Madt madt{};
    Fadt fadt{};
    std::optional<SleepType> soft_off{};
    std::optional<base::PhysicalAddress> hpet{};
    PciWindows pci_windows{};
    std::uint16_t serial_port = 0;
    hal::InterruptLine serial_line{};
};

/// Decodes all tables that this kernel knows. MADT and FADT must be there; a console that no table names is
/// the first serial port of a PC.
std::expected<AcpiMachine, hal::DiscoveryFault> read_acpi_machine(const AcpiTables& tables);

/// Lists machine, CPUs and devices. What is reached through I/O ports has no register range; its name tells
/// the port. `boot_local_apic` says which CPU this is.
void list_acpi_devices(const AcpiMachine& machine, std::uint32_t boot_local_apic, hal::BootInfo& out);

} // namespace platform
