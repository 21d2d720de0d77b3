// Reads the FADT, and the one object of the DSDT that switching off needs.
#include "platform/x64/acpi_fadt.h"

namespace platform {
namespace {

// Offsets in the FADT (ACPI 6.4, table 5.9). x_… are the wider ones since ACPI 2.0, used when the old one is
// 0.
namespace field {
constexpr std::size_t sci_interrupt = 46;
constexpr std::size_t smi_command = 48;
constexpr std::size_t acpi_enable = 52;
constexpr std::size_t pm1a_control = 64;
constexpr std::size_t pm1b_control = 68;
constexpr std::size_t pm_timer = 76;
constexpr std::size_t boot_architecture = 109;
constexpr std::size_t flags = 112;
constexpr std::size_t size_1_0 = 116;
constexpr std::size_t reset_register = 116;
constexpr std::size_t reset_value = 128;
constexpr std::size_t x_pm1a_control = 172;
constexpr std::size_t x_pm1b_control = 184;
constexpr std::size_t x_pm_timer = 208;
} // namespace field

constexpr std::uint16_t no_rtc = 1 << 5;                 // boot_architecture
constexpr std::uint32_t timer_has_32_bits = 1 << 8;      // flags
constexpr std::uint32_t reset_register_exists = 1 << 10; // flags

std::uint16_t port_at(Bytes table, std::size_t offset, std::size_t extended_offset) {
    if (const auto port = number<std::uint32_t>(table, offset); port != 0 && port <= 0xffff)
        return static_cast<std::uint16_t>(port);
    const GenericAddress extended = read_generic_address(table, extended_offset);
    return extended.is_port() ? static_cast<std::uint16_t>(extended.address) : 0;
}

namespace aml {
constexpr std::uint8_t zero = 0x00;
constexpr std::uint8_t one = 0x01;
constexpr std::uint8_t byte_prefix = 0x0a;
constexpr std::uint8_t word_prefix = 0x0b;
constexpr std::uint8_t dword_prefix = 0x0c;
constexpr std::uint8_t package = 0x12;
} // namespace aml

/// Reads AML from front to back; behind the end there are zeros.
struct AmlReader {
    Bytes bytes;
    std::size_t position = 0;

    std::uint8_t byte() { return number<std::uint8_t>(bytes, position++); }

    /// The top two bits of a package length's first byte say how many more follow (ACPI 6.4, 20.2.4).
    void skip_package_length() { position += byte() >> 6; }

    /// The low byte of an integer constant, which is all that SLP_TYP has bits for.
    std::optional<std::uint8_t> integer() {
        std::size_t more = 0;
        switch (byte()) {
        case aml::zero: return 0;
        case aml::one: return 1;
        case aml::byte_prefix: break;
        case aml::word_prefix: more = 1; break;
        case aml::dword_prefix: more = 3; break;
        default: return {};
        }
        const std::uint8_t value = byte();
        position += more;
        return value;
    }
};

/// The first two elements of the package at `position`, if that is what is there.
std::optional<SleepType> read_sleep_package(Bytes bytes, std::size_t position) {
    AmlReader reader{bytes, position};
    if (reader.byte() != aml::package) return {};
    reader.skip_package_length();
    if (const std::uint8_t elements = reader.byte(); elements < 2) return {};
    const auto a = reader.integer();
    const auto b = reader.integer();
    if (!a || !b || reader.position > bytes.size()) return {};
    return SleepType{*a, *b};
}

} // namespace

GenericAddress read_generic_address(Bytes table, std::size_t offset) {
    return {static_cast<GenericAddress::Space>(number<std::uint8_t>(table, offset)),
            number<std::uint64_t>(table, offset + 4)};
}

std::expected<Fadt, hal::DiscoveryFault> read_fadt(const AcpiTable& table) {
    if (auto enough = require_size(table, field::size_1_0); !enough) return std::unexpected(enough.error());
    const Bytes bytes = table.bytes;
    const auto flags = number<std::uint32_t>(bytes, field::flags);
    Fadt fadt{.sci_interrupt = number<std::uint16_t>(bytes, field::sci_interrupt),
              .smi_command_port =
                  static_cast<std::uint16_t>(number<std::uint32_t>(bytes, field::smi_command)),
              .acpi_enable = number<std::uint8_t>(bytes, field::acpi_enable),
              .pm1a_control_port = port_at(bytes, field::pm1a_control, field::x_pm1a_control),
              .pm1b_control_port = port_at(bytes, field::pm1b_control, field::x_pm1b_control),
              .pm_timer_port = port_at(bytes, field::pm_timer, field::x_pm_timer),
              .pm_timer_has_32_bits = (flags & timer_has_32_bits) != 0,
              .has_rtc = (number<std::uint16_t>(bytes, field::boot_architecture) & no_rtc) == 0,
              .reset_value = number<std::uint8_t>(bytes, field::reset_value)};
    const GenericAddress reset = read_generic_address(bytes, field::reset_register);
    if ((flags & reset_register_exists) && reset.address != 0) fadt.reset_register = reset;
    return fadt;
}

std::optional<SleepType> find_soft_off(const AcpiTable& dsdt) {
    constexpr std::string_view name = "_S5_";
    const std::string_view text = characters(dsdt.bytes, 0, dsdt.bytes.size());
    for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at + 1))
        if (const auto sleep = read_sleep_package(dsdt.bytes, at + name.size())) return sleep;
    return {};
}

} // namespace platform
