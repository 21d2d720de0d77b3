// A PC's firmware, made by hand: ACPI tables in memory of exactly their size, to be read whole, damaged or
// mutated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "platform/x64/acpi.h"

namespace test {

using Block = std::vector<std::byte>;

/// Appends to a table field by field; finish() fills in length and checksum.
class TableBuilder {
public:
    TableBuilder(std::string_view signature, std::uint8_t revision);

    template <class T>
    TableBuilder& add(T value) {
        for (std::size_t i = 0; i < sizeof(T); ++i)
            bytes_.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> 8 * i));
        return *this;
    }

    TableBuilder& add_bytes(std::initializer_list<unsigned> bytes);
    TableBuilder& add_text(std::string_view text);
    /// Zeros up to `offset`.
    TableBuilder& pad_to(std::size_t offset);
    Block finish();

private:
    Block bytes_;
};

template <class T>
void store(Block& block, std::size_t offset, T value) {
    for (std::size_t i = 0; i < sizeof(T) && offset + i < block.size(); ++i)
        block[offset + i] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >> 8 * i);
}

/// Makes the first `size` bytes add up to 0 by the byte at `offset`.
void fix_checksum(Block& block, std::size_t offset, std::size_t size);

/// Physical memory of blocks at addresses. Each view is a fresh copy of exactly the bytes asked for, so that
/// the address sanitizer sees a read past its end.
class Firmware {
public:
    static constexpr std::uint64_t rsdp = 0xf'0000;
    static constexpr std::uint64_t xsdt = 0x10'0000;
    static constexpr std::uint64_t rsdt = 0x10'1000;
    static constexpr std::uint64_t madt = 0x10'2000;
    static constexpr std::uint64_t fadt = 0x10'3000;
    static constexpr std::uint64_t dsdt = 0x10'4000;
    static constexpr std::uint64_t hpet = 0x10'5000;
    static constexpr std::uint64_t mcfg = 0x10'6000;
    static constexpr std::uint64_t spcr = 0x10'7000;

    /// A machine with two CPUs of which one is disabled, two IOAPICs, and the rest much as QEMU's q35 has it.
    static Firmware typical();

    Block& operator[](std::uint64_t address) { return blocks[address]; }

    /// Makes all checksums right, for whatever lengths the tables claim.
    void fix_checksums();

    platform::PhysicalMemory memory() const { return {view, this}; }

    std::expected<platform::AcpiTables, hal::DiscoveryFault> find() const {
        return platform::AcpiTables::find(memory(), {rsdp});
    }

    /// What find() says is wrong, or nothing.
    std::string fault() const;

    std::map<std::uint64_t, Block> blocks;

private:
    static platform::Bytes view(const void* context, base::PhysicalRange range);
    mutable std::deque<Block> views_;
};

/// Whether `text` has `part` in it.
bool contains(std::string_view text, std::string_view part);

} // namespace test
