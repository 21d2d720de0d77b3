// The ACPI tables: found from the RSDP, each checked once and then read without fear (ACPI 6.4, 5.2).
//
//     RSDP -> XSDT, or RSDT before ACPI 2.0 -> MADT, HPET, MCFG, ..., FADT -> DSDT
//
// Firmware is not trusted. A table's bytes are a span of exactly its length whose checksum is right; no read
// leaves it, and every loop over it is bounded. Nothing in the acpi_* files touches the machine: physical
// memory is handed in.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "hal/boot.h"
#include "kernel/base/format.h"

namespace platform {

using Bytes = std::span<const std::byte>;

/// How physical memory is read: on the machine through the direct map, in tests from arrays.
struct PhysicalMemory {
    /// The bytes of a range, valid for ever; an empty span when not all of them can be read.
    Bytes (*view)(const void* context, base::PhysicalRange range) = nullptr;
    const void* context = nullptr;

    Bytes operator()(base::PhysicalAddress start, std::uint64_t size) const {
        return view(context, {start, size});
    }
};

/// The little-endian number at `offset`. Fields that lie outside read as 0: an older, shorter table lacks
/// them, and 0 is how ACPI says that a feature is absent.
template <std::unsigned_integral T>
constexpr T number(Bytes bytes, std::size_t offset) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
        value |= std::to_integer<std::uint64_t>(bytes[offset + i]) << 8 * i;
    return static_cast<T>(value);
}

/// `size` characters at `offset` as they are, or nothing when they lie outside.
std::string_view characters(Bytes bytes, std::size_t offset, std::size_t size);

/// Whether the bytes add up to 0, as those of each table must.
bool has_right_checksum(Bytes bytes);

/// One system description table, with its header (ACPI 6.4, 5.2.6).
struct AcpiTable {
    static constexpr std::size_t header_size = 36;

    base::PhysicalAddress address{};
    Bytes bytes;

    std::string_view signature() const { return characters(bytes, 0, 4); }

    std::uint8_t revision() const { return number<std::uint8_t>(bytes, 8); }

    std::string_view oem() const { return characters(bytes, 10, 6); }

    std::string_view oem_table() const { return characters(bytes, 16, 8); }
};

/// What people call the table with that signature: some differ for historical reasons.
std::string_view acpi_table_name(std::string_view signature);

/// All tables of a machine: the XSDT or RSDT, what it lists, in that order, and the DSDT.
class AcpiTables {
public:
    /// Finds and checks them all. The fault names the table, its address and what is wrong with it.
    static std::expected<AcpiTables, hal::DiscoveryFault> find(PhysicalMemory memory,
                                                               base::PhysicalAddress rsdp);

    /// The first table of that signature, or null.
    const AcpiTable* find(std::string_view signature) const;

    base::PhysicalAddress rsdp() const { return rsdp_; }

    const AcpiTable* begin() const { return tables_.begin(); }

    const AcpiTable* end() const { return tables_.end(); }

    /// How many more tables firmware lists than this class has room for.
    std::uint32_t omitted() const { return omitted_; }

private:
    hal::Discovered add(PhysicalMemory memory, base::PhysicalAddress address);
    hal::Discovered add_listed(PhysicalMemory memory, const AcpiTable& list, std::size_t entry_size);
    hal::Discovered add_dsdt(PhysicalMemory memory);

    base::PhysicalAddress rsdp_{};
    base::StaticVector<AcpiTable, 48> tables_;
    std::uint32_t omitted_ = 0;
};

/// A refusal with its reason, to be returned from a function that returns std::expected.
template <class... Arguments>
std::unexpected<hal::DiscoveryFault> acpi_fault(base::FormatString<Arguments...> pattern,
                                                const Arguments&... arguments) {
    hal::DiscoveryFault fault;
    fault.detail.append("ACPI: ");
    base::format(fault.detail.sink(), pattern, arguments...);
    return std::unexpected(fault);
}

/// The fault of a table that ends before the fields that this kernel cannot do without; else none.
hal::Discovered require_size(const AcpiTable& table, std::size_t size);

} // namespace platform
