// The ACPI tables as text, for people.
#pragma once

#include "platform/x64/acpi.h"

namespace platform {

/// Prints each table's header, and its contents: decoded for MADT, FADT, HPET and MCFG, else its first bytes.
/// Tables that `memory` cannot read any more are named only.
void print_acpi_tables(const AcpiTables& tables, PhysicalMemory memory, base::Sink sink);

} // namespace platform
