// The tables that describe one device each: HPET (a clock), MCFG (PCI's configuration space), SPCR (the
// console).
#pragma once

#include "platform/x64/acpi.h"

namespace platform {

/// The register block of the high-precision event timer (IA-PC HPET Specification 1.0a, 3.2.4).
std::expected<base::PhysicalAddress, hal::DiscoveryFault> read_hpet(const AcpiTable& table);

/// Configuration space of some PCI buses, 1 MiB a bus (PCI Firmware Specification 3.2, 4.1.2).
struct PciWindow {
    base::PhysicalRange registers{};
    std::uint16_t segment = 0;
    std::uint8_t first_bus = 0;
    std::uint8_t last_bus = 0;
};

using PciWindows = base::StaticVector<PciWindow, 8>;
std::expected<PciWindows, hal::DiscoveryFault> read_mcfg(const AcpiTable& table);

/// A 16550 UART behind I/O ports, and the global interrupt that firmware names for it, if it does.
struct SerialPort {
    std::uint16_t port = 0;
    std::optional<hal::InterruptLine> line{};
    std::optional<std::uint8_t> isa_interrupt{};
};

/// The console that firmware uses (Microsoft, Serial Port Console Redirection Table); nothing when it is no
/// 16550 behind I/O ports.
std::expected<std::optional<SerialPort>, hal::DiscoveryFault> read_spcr(const AcpiTable& table);

} // namespace platform
