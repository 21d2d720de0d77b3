// The tables of LPIs: one byte each of configuration, one bit each of what is pending (IHI 0069, 5.1).
#include "platform/arm64/gic_lpi.h"

#include <array>

#include "platform/arm64/barrier.h"

namespace platform::gic::lpi {
namespace {

namespace redistributor_offset {
constexpr std::uint64_t control = 0x00;
constexpr std::uint64_t type = 0x08;
constexpr std::uint64_t configuration_table = 0x70; // GICR_PROPBASER
constexpr std::uint64_t pending_table = 0x78;       // GICR_PENDBASER
} // namespace redistributor_offset

constexpr std::uint32_t control_enable = 1 << 0;
constexpr std::uint64_t type_physical = 1 << 0;
constexpr std::uint64_t id_bits = 14 - 1; // Written as one less.
constexpr std::uint64_t pending_is_zero = 1ul << 62;
constexpr std::uint64_t inner_shareable_write_back = 1 << 10 | 7 << 7;

constexpr std::uint8_t configuration_enable = 1 << 0;
constexpr std::uint8_t configuration_closed = default_priority | 1 << 1; // A bit that must be one.

/// The pending table's address is given without its low 16 bits.
struct alignas(64 * 1024) Tables {
    std::array<std::uint8_t, limit / 8> pending;
    alignas(4096) std::array<std::uint8_t, limit - first> configuration;
};

constinit Tables tables{};

} // namespace

bool initialize(const RegisterBlock& redistributor) {
    namespace offset = redistributor_offset;
    if ((redistributor.read<std::uint64_t>(offset::type) & type_physical) == 0) return false;
    if (redistributor.read32(offset::control) & control_enable) return false;
    tables.configuration.fill(configuration_closed);
    const std::uint64_t configuration = hal::image_to_physical(&tables.configuration).value;
    const std::uint64_t pending = hal::image_to_physical(&tables.pending).value;
    if (pending % alignof(Tables) != 0) return false;
    redistributor.write(offset::configuration_table, configuration | inner_shareable_write_back | id_bits);
    redistributor.write(offset::pending_table, pending | inner_shareable_write_back | pending_is_zero);
    Barrier::before_publish();
    redistributor.write32(offset::control, control_enable);
    return true;
}

void set_enabled(std::uint32_t intid, bool enabled) {
    auto& entry = const_cast<volatile std::uint8_t&>(tables.configuration[intid - first]);
    entry = configuration_closed | (enabled ? configuration_enable : 0);
}

} // namespace platform::gic::lpi
