// What entry.cpp and this platform's drivers ask of discovery.
#pragma once

#include "platform/x64/acpi_machine.h"

namespace platform {

/// Fills `out` from the start_info that a PVH loader left at `start_info`, and from ACPI. Call once, before
/// anything that uses BootInfo or acpi_machine().
hal::Discovered discover_machine(base::PhysicalAddress start_info, hal::BootInfo& out);

/// What ACPI says of this machine. Empty before discover_machine, or after it failed.
const AcpiMachine& acpi_machine();

} // namespace platform
