// Builds the tables (ACPI 6.4, 5.2) that the ACPI tests read.
#include "acpi_firmware.h"

namespace test {
namespace {

constexpr std::size_t table_checksum = 9;

Block make_rsdp() {
    Block block;
    for (const char character : std::string_view{"RSD PTR "})
        block.push_back(static_cast<std::byte>(character));
    block.resize(36);
    store<std::uint8_t>(block, 15, 2); // Revision
    store<std::uint32_t>(block, 16, Firmware::rsdt);
    store<std::uint32_t>(block, 20, 36); // Length
    store<std::uint64_t>(block, 24, Firmware::xsdt);
    return block;
}

Block make_madt() {
    TableBuilder table("APIC", 3);
    table.add<std::uint32_t>(0xfee0'0000).add<std::uint32_t>(1);
    table.add_bytes({0, 8, 0, 0}).add<std::uint32_t>(1); // CPU 0
    table.add_bytes({0, 8, 1, 2}).add<std::uint32_t>(0); // Disabled
    table.add_bytes({9, 16, 0, 0})
        .add<std::uint32_t>(300)
        .add<std::uint32_t>(1)
        .add<std::uint32_t>(7); // x2APIC
    table.add_bytes({1, 12, 5, 0}).add<std::uint32_t>(0xfec0'0000).add<std::uint32_t>(0);
    table.add_bytes({1, 12, 6, 0}).add<std::uint32_t>(0xfec1'0000).add<std::uint32_t>(24);
    table.add_bytes({2, 10, 0, 0}).add<std::uint32_t>(2).add<std::uint16_t>(0);
    table.add_bytes({2, 10, 0, 9}).add<std::uint32_t>(20).add<std::uint16_t>(0xf); // Level, active low
    table.add_bytes({4, 6, 0xff, 0, 0, 1});
    table.add_bytes({0x7f, 5, 1, 2, 3}); // A type that nobody knows
    return table.finish();
}

Block make_fadt() {
    TableBuilder table("FACP", 3);
    table.pad_to(40).add<std::uint32_t>(Firmware::dsdt).pad_to(46).add<std::uint16_t>(9);
    table.add<std::uint32_t>(0xb2).add<std::uint8_t>(2);
    table.pad_to(64).add<std::uint32_t>(0x604).pad_to(76).add<std::uint32_t>(0x608);
    table.pad_to(112).add<std::uint32_t>(1 << 8 | 1 << 10);
    table.add_bytes({1, 8, 0, 1}).add<std::uint64_t>(0xcf9).add<std::uint8_t>(0x0f);
    return table.pad_to(244).finish();
}

Block make_dsdt() {
    TableBuilder table("DSDT", 2);
    table.add_text("_S5_ is only a word here; ").add_bytes({0x08}).add_text("_S5_");
    return table.add_bytes({0x12, 0x08, 0x04, 0x0a, 0x05, 0x01, 0x00, 0x00}).finish();
}

} // namespace

TableBuilder::TableBuilder(std::string_view signature, std::uint8_t revision) {
    add_text(signature).add<std::uint32_t>(0).add(revision).add<std::uint8_t>(0);
    add_text("TEST  ").add_text("TRIVIUM ").pad_to(platform::AcpiTable::header_size);
}

TableBuilder& TableBuilder::add_bytes(std::initializer_list<unsigned> bytes) {
    for (const unsigned byte : bytes) add(static_cast<std::uint8_t>(byte));
    return *this;
}

TableBuilder& TableBuilder::add_text(std::string_view text) {
    for (const char character : text) bytes_.push_back(static_cast<std::byte>(character));
    return *this;
}

TableBuilder& TableBuilder::pad_to(std::size_t offset) {
    bytes_.resize(offset);
    return *this;
}

Block TableBuilder::finish() {
    store(bytes_, 4, static_cast<std::uint32_t>(bytes_.size()));
    fix_checksum(bytes_, table_checksum, bytes_.size());
    return Block(bytes_.begin(), bytes_.end());
}

void fix_checksum(Block& block, std::size_t offset, std::size_t size) {
    if (size > block.size() || offset >= size) return;
    unsigned sum = 0;
    for (std::size_t i = 0; i < size; ++i) sum += i == offset ? 0 : std::to_integer<unsigned>(block[i]);
    store(block, offset, static_cast<std::uint8_t>(0 - sum));
}

Firmware Firmware::typical() {
    Firmware firmware;
    firmware[rsdp] = make_rsdp();
    firmware[madt] = make_madt();
    firmware[fadt] = make_fadt();
    firmware[dsdt] = make_dsdt();
    firmware[hpet] = TableBuilder("HPET", 1)
                         .pad_to(40)
                         .add_bytes({0, 64, 0, 0})
                         .add<std::uint64_t>(0xfed0'0000)
                         .pad_to(56)
                         .finish();
    firmware[mcfg] = TableBuilder("MCFG", 1)
                         .pad_to(44)
                         .add<std::uint64_t>(0xb000'0000)
                         .add_bytes({0, 0, 0, 255})
                         .pad_to(60)
                         .finish();
    firmware[xsdt] = TableBuilder("XSDT", 1).add(fadt).add(madt).add(hpet).add(mcfg).finish();
    firmware[rsdt] = TableBuilder("RSDT", 1)
                         .add<std::uint32_t>(madt)
                         .add<std::uint32_t>(0)
                         .add<std::uint32_t>(fadt)
                         .finish();
    firmware.fix_checksums();
    return firmware;
}

void Firmware::fix_checksums() {
    for (auto& [address, block] : blocks) {
        const auto size_at = [&](std::size_t offset) {
            return platform::number<std::uint32_t>(block, offset);
        };
        if (address == rsdp) {
            fix_checksum(block, 8, 20);
            fix_checksum(block, 32, size_at(20));
        } else {
            fix_checksum(block, table_checksum, size_at(4));
        }
    }
}

std::string Firmware::fault() const {
    const auto tables = find();
    return tables ? std::string{} : std::string{tables.error().detail.view()};
}

platform::Bytes Firmware::view(const void* context, base::PhysicalRange range) {
    const auto& firmware = *static_cast<const Firmware*>(context);
    for (const auto& [address, block] : firmware.blocks) {
        if (!base::PhysicalRange{{address}, block.size()}.contains(range) || range.is_empty()) continue;
        const auto* first = block.data() + (range.start.value - address);
        return firmware.views_.emplace_back(first, first + range.size);
    }
    return {};
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

} // namespace test
