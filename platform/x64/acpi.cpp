// Finds the ACPI tables and checks each one's length and checksum before anything is read from it.
#include "platform/x64/acpi.h"

namespace platform {
namespace {

/// No real table comes near; it keeps a corrupt length from making the checksum read gigabytes.
constexpr std::uint32_t largest_table = 16 << 20;

namespace rsdp_field {
constexpr std::size_t revision = 15;
constexpr std::size_t rsdt = 16;
constexpr std::size_t size_1_0 = 20;
constexpr std::size_t length = 20; // This and what follows only from revision 2 on.
constexpr std::size_t xsdt = 24;
constexpr std::size_t size_2_0 = 36;
} // namespace rsdp_field

/// The root table's address, and the size of its entries.
struct Root {
    base::PhysicalAddress address{};
    std::size_t entry_size = 0;
};

std::expected<Root, hal::DiscoveryFault> read_rsdp(PhysicalMemory memory, base::PhysicalAddress address) {
    const Bytes old = memory(address, rsdp_field::size_1_0);
    if (old.empty()) return acpi_fault("RSDP at {:#x} is not in memory that can be read", address);
    if (characters(old, 0, 8) != "RSD PTR ")
        return acpi_fault("no RSDP at {:#x}: its signature is wrong", address);
    if (!has_right_checksum(old)) return acpi_fault("RSDP at {:#x} has a wrong checksum", address);
    const Root rsdt{{number<std::uint32_t>(old, rsdp_field::rsdt)}, sizeof(std::uint32_t)};
    if (number<std::uint8_t>(old, rsdp_field::revision) < 2) return rsdt;

    const Bytes extended = memory(address, rsdp_field::size_2_0);
    if (extended.empty()) return acpi_fault("RSDP at {:#x} is cut short", address);
    const auto length = number<std::uint32_t>(extended, rsdp_field::length);
    if (length < rsdp_field::size_2_0 || length > base::page_size)
        return acpi_fault("RSDP at {:#x} says that it is {} bytes long", address, length);
    const Bytes whole = memory(address, length);
    if (whole.empty() || !has_right_checksum(whole))
        return acpi_fault("RSDP at {:#x} has a wrong extended checksum", address);
    const base::PhysicalAddress xsdt{number<std::uint64_t>(whole, rsdp_field::xsdt)};
    return xsdt.value != 0 ? Root{xsdt, sizeof(std::uint64_t)} : rsdt;
}

/// A signature that is safe to print, whatever firmware put there.
base::Text<4> printable(std::string_view signature) {
    base::Text<4> text;
    for (const char character : signature)
        text.append(character > ' ' && character <= '~' ? std::string_view{&character, 1} : "?");
    return text;
}

std::expected<AcpiTable, hal::DiscoveryFault> read_table(PhysicalMemory memory,
                                                         base::PhysicalAddress address) {
    const Bytes header = memory(address, AcpiTable::header_size);
    if (header.empty()) return acpi_fault("a table at {:#x} is not in memory that can be read", address);
    const auto signature = printable(characters(header, 0, 4));
    const std::string_view name = acpi_table_name(signature);
    const auto length = number<std::uint32_t>(header, 4);
    if (length < AcpiTable::header_size || length > largest_table)
        return acpi_fault("{} at {:#x} says that it is {} bytes long", name, address, length);
    const Bytes bytes = memory(address, length);
    if (bytes.empty())
        return acpi_fault("{} at {:#x} reaches {} bytes, out of memory that can be read", name, address,
                          length);
    if (!has_right_checksum(bytes)) return acpi_fault("{} at {:#x} has a wrong checksum", name, address);
    return AcpiTable{address, bytes};
}

} // namespace

std::string_view characters(Bytes bytes, std::size_t offset, std::size_t size) {
    if (offset > bytes.size() || bytes.size() - offset < size) return {};
    return {reinterpret_cast<const char*>(bytes.data()) + offset, size};
}

bool has_right_checksum(Bytes bytes) {
    std::uint8_t sum = 0;
    for (const std::byte byte : bytes)
        sum = static_cast<std::uint8_t>(sum + std::to_integer<std::uint8_t>(byte));
    return sum == 0;
}

std::string_view acpi_table_name(std::string_view signature) {
    if (signature == "APIC") return "MADT";
    if (signature == "FACP") return "FADT";
    return signature;
}

hal::Discovered require_size(const AcpiTable& table, std::size_t size) {
    if (table.bytes.size() >= size) return {};
    return acpi_fault("{} at {:#x} is {} bytes long, but needs {}", acpi_table_name(table.signature()),
                      table.address, table.bytes.size(), size);
}

std::expected<AcpiTables, hal::DiscoveryFault> AcpiTables::find(PhysicalMemory memory,
                                                                base::PhysicalAddress rsdp) {
    const auto root = read_rsdp(memory, rsdp);
    if (!root) return std::unexpected(root.error());
    const auto list = read_table(memory, root->address);
    if (!list) return std::unexpected(list.error());
    const std::string_view expected = root->entry_size == sizeof(std::uint64_t) ? "XSDT" : "RSDT";
    if (list->signature() != expected)
        return acpi_fault("the RSDP points to {:#x}, where no {} is", root->address, expected);

    AcpiTables tables;
    tables.rsdp_ = rsdp;
    tables.tables_.push_back(*list);
    if (auto added = tables.add_listed(memory, *list, root->entry_size); !added)
        return std::unexpected(added.error());
    if (auto added = tables.add_dsdt(memory); !added) return std::unexpected(added.error());
    return tables;
}

const AcpiTable* AcpiTables::find(std::string_view signature) const {
    for (const AcpiTable& table : tables_)
        if (table.signature() == signature) return &table;
    return nullptr;
}

hal::Discovered AcpiTables::add(PhysicalMemory memory, base::PhysicalAddress address) {
    if (tables_.full()) {
        ++omitted_;
        return {};
    }
    const auto table = read_table(memory, address);
    if (!table) return std::unexpected(table.error());
    tables_.push_back(*table);
    return {};
}

hal::Discovered AcpiTables::add_listed(PhysicalMemory memory, const AcpiTable& list, std::size_t entry_size) {
    const std::size_t entries = list.bytes.size() - AcpiTable::header_size;
    if (entries % entry_size != 0)
        return acpi_fault("{} at {:#x} is {} bytes long, which is no whole number of entries",
                          list.signature(), list.address, list.bytes.size());
    for (std::size_t offset = AcpiTable::header_size; offset < list.bytes.size(); offset += entry_size) {
        const base::PhysicalAddress address{entry_size == sizeof(std::uint64_t)
                                                ? number<std::uint64_t>(list.bytes, offset)
                                                : number<std::uint32_t>(list.bytes, offset)};
        if (address.value == 0) continue; // Some firmware leaves gaps.
        if (auto added = add(memory, address); !added) return added;
    }
    return {};
}

/// The DSDT is no entry of the XSDT: the FADT points to it, by X_DSDT since ACPI 2.0 (ACPI 6.4, 5.2.9).
hal::Discovered AcpiTables::add_dsdt(PhysicalMemory memory) {
    const AcpiTable* fadt = find("FACP");
    if (!fadt) return {};
    base::PhysicalAddress address{number<std::uint64_t>(fadt->bytes, 140)};
    if (address.value == 0) address = {number<std::uint32_t>(fadt->bytes, 40)};
    if (address.value == 0) return {};
    return add(memory, address);
}

} // namespace platform
