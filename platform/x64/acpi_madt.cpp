// Reads the MADT (ACPI 6.4, 5.2.12; offsets are those of its tables 5.21 to 5.30).
#include "platform/x64/acpi_madt.h"

namespace platform {
namespace {

constexpr std::uint32_t cpu_enabled = 1 << 0;

/// How long an entry must be at least; unknown types need their type and length only.
std::size_t smallest_size(MadtType type) {
    switch (type) {
    case MadtType::local_apic: return 8;
    case MadtType::io_apic: return 12;
    case MadtType::interrupt_override: return 10;
    case MadtType::nmi_source: return 8;
    case MadtType::local_apic_nmi: return 6;
    case MadtType::local_apic_address: return 12;
    case MadtType::local_x2apic: return 16;
    case MadtType::local_x2apic_nmi: return 12;
    }
    return 2;
}

void count_if_full(bool pushed, Madt& out) {
    if (!pushed) ++out.omitted;
}

void take(const MadtEntry& entry, Madt& out) {
    const auto byte = [&](std::size_t offset) { return number<std::uint8_t>(entry.bytes, offset); };
    const auto word = [&](std::size_t offset) { return number<std::uint32_t>(entry.bytes, offset); };
    switch (entry.type) {
    case MadtType::local_apic:
        if (word(4) & cpu_enabled) count_if_full(out.cpus.push_back(byte(3)), out);
        break;
    case MadtType::local_x2apic:
        if (word(8) & cpu_enabled) count_if_full(out.cpus.push_back(word(4)), out);
        break;
    case MadtType::io_apic: count_if_full(out.io_apics.push_back({byte(2), {word(4)}, word(8)}), out); break;
    case MadtType::interrupt_override:
        count_if_full(out.overrides.push_back(read_override(entry.bytes)), out);
        break;
    case MadtType::local_apic_address: out.local_apic = {number<std::uint64_t>(entry.bytes, 4)}; break;
    default:
        break; // NMIs are fatal wherever they arrive; other types describe nothing that this kernel drives.
    }
}

} // namespace

std::expected<MadtEntry, hal::DiscoveryFault> madt_entry_at(const AcpiTable& madt, std::size_t offset) {
    const auto type = static_cast<MadtType>(number<std::uint8_t>(madt.bytes, offset));
    const std::size_t size = number<std::uint8_t>(madt.bytes, offset + 1);
    const std::size_t left = madt.bytes.size() - offset;
    if (size < smallest_size(type) || size > left)
        return acpi_fault("MADT at {:#x}: its entry at offset {}, of type {}, says that it is {} bytes long",
                          madt.address, offset, static_cast<std::uint8_t>(type), size);
    return MadtEntry{type, madt.bytes.subspan(offset, size)};
}

/// The flags say "as the bus does" in the patterns that are not named here: ISA is edge-triggered and active
/// high.
InterruptOverride read_override(Bytes entry) {
    // [lab 2: decode an interrupt]
    constexpr std::uint16_t polarity_mask = 3 << 0;
    constexpr std::uint16_t active_low = 3 << 0;
    constexpr std::uint16_t trigger_mask = 3 << 2;
    constexpr std::uint16_t level_triggered = 3 << 2;
    const auto flags = number<std::uint16_t>(entry, 8);
    return {.isa_interrupt = number<std::uint8_t>(entry, 3),
            .line = {.number = number<std::uint32_t>(entry, 4),
                     .edge_triggered = (flags & trigger_mask) != level_triggered,
                     .active_low = (flags & polarity_mask) == active_low}};
    // [/lab]
}

std::expected<Madt, hal::DiscoveryFault> read_madt(const AcpiTable& table) {
    if (auto enough = require_size(table, first_madt_entry); !enough) return std::unexpected(enough.error());
    Madt madt{.local_apic = {number<std::uint32_t>(table.bytes, 36)}};
    // [lab 2: find the registers]
    for (std::size_t offset = first_madt_entry; offset < table.bytes.size();) {
        const auto entry = madt_entry_at(table, offset);
        if (!entry) return std::unexpected(entry.error());
        take(*entry, madt);
        offset += entry->bytes.size();
    }
    // [/lab]
    if (madt.io_apics.empty()) return acpi_fault("MADT at {:#x} lists no IOAPIC", table.address);
    return madt;
}

hal::InterruptLine Madt::isa_interrupt(std::uint8_t number) const {
    for (const InterruptOverride& entry : overrides)
        if (entry.isa_interrupt == number) return entry.line;
    return {.number = number, .edge_triggered = true};
}

} // namespace platform
