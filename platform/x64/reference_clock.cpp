// HPET (IA-PC HPET Specification 1.0a, 2.3) and power-management timer (ACPI 6.4, 4.8.2.1).
#include "platform/x64/reference_clock.h"

#include "platform/shared/mmio.h"
#include "platform/x64/port.h"

namespace platform {
namespace {

namespace hpet_offset {
constexpr std::uint64_t period = 0x004; // The upper half of the capabilities: femtoseconds a tick
constexpr std::uint64_t configuration = 0x010;
constexpr std::uint64_t counter = 0x0f0;
} // namespace hpet_offset

constexpr std::uint32_t hpet_enable = 1 << 0;
constexpr std::uint32_t longest_period = 100'000'000; // 100 ns, the most that the specification allows
constexpr std::uint64_t femtoseconds_per_second = 1'000'000'000'000'000;
constexpr std::uint64_t pm_timer_frequency = 3'579'545;

constinit RegisterBlock hpet;
constinit std::uint16_t pm_timer_port = 0;

std::uint32_t read_hpet() { return hpet.read32(hpet_offset::counter); }

std::uint32_t read_pm_timer() { return in32(pm_timer_port); }

std::optional<ReferenceClock> start_hpet(base::PhysicalAddress registers) {
    hpet = RegisterBlock(registers);
    const std::uint32_t period = hpet.read32(hpet_offset::period);
    if (period == 0 || period > longest_period) return {};
    hpet.write32(hpet_offset::configuration, hpet.read32(hpet_offset::configuration) | hpet_enable);
    return ReferenceClock{"HPET", femtoseconds_per_second / period, ~0u, read_hpet};
}

} // namespace

std::optional<ReferenceClock> find_reference_clock(const AcpiMachine& machine) {
    if (machine.hpet)
        if (const auto clock = start_hpet(*machine.hpet)) return clock;
    if (machine.fadt.pm_timer_port == 0) return {};
    pm_timer_port = machine.fadt.pm_timer_port;
    const std::uint32_t mask = machine.fadt.pm_timer_has_32_bits ? ~0u : 0xff'ffff;
    return ReferenceClock{"ACPI PM timer", pm_timer_frequency, mask, read_pm_timer};
}

} // namespace platform
