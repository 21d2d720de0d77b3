// The MADT: CPUs' local APICs, the IOAPICs, and where the sixteen ISA interrupts really arrive
// (ACPI 6.4, 5.2.12).
#pragma once

#include "platform/x64/acpi.h"

namespace platform {

enum class MadtType : std::uint8_t {
    local_apic = 0,
    io_apic = 1,
    interrupt_override = 2,
    nmi_source = 3,
    local_apic_nmi = 4,
    local_apic_address = 5,
    local_x2apic = 9,
    local_x2apic_nmi = 10,
};

/// One structure of the table: a type, a length, and fields at fixed offsets.
struct MadtEntry {
    MadtType type{};
    Bytes bytes;
};

inline constexpr std::size_t first_madt_entry = 44;

/// The entry at `offset`, which must lie below the table's size. A fault when it is shorter than its type's
/// fields, or does not fit in the table; so bytes.size() is never 0 and a walk always ends.
std::expected<MadtEntry, hal::DiscoveryFault> madt_entry_at(const AcpiTable& madt, std::size_t offset);

/// An IOAPIC serves the global interrupts from `first_interrupt` on; how many, its own register says.
struct IoApicEntry {
    std::uint8_t id = 0;
    base::PhysicalAddress address{};
    std::uint32_t first_interrupt = 0;
};

/// An ISA interrupt that is not the global interrupt of the same number, or not edge-triggered and active
/// high.
struct InterruptOverride {
    std::uint8_t isa_interrupt = 0;
    hal::InterruptLine line{};
};

/// What this kernel takes from the table.
struct Madt {
    base::PhysicalAddress local_apic{};
    base::StaticVector<std::uint32_t, 64> cpus{}; ///< Local APIC ids of the CPUs that are enabled.
    base::StaticVector<IoApicEntry, 16> io_apics{};
    base::StaticVector<InterruptOverride, 16> overrides{};
    std::uint32_t omitted = 0;

    /// Where an ISA interrupt arrives.
    hal::InterruptLine isa_interrupt(std::uint8_t number) const;
};

std::expected<Madt, hal::DiscoveryFault> read_madt(const AcpiTable& table);

/// Decodes an interrupt-override entry.
InterruptOverride read_override(Bytes entry);

} // namespace platform
