// A clock whose frequency is known, to measure the others by: the HPET, or the ACPI power-management timer.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "platform/x64/acpi_machine.h"

namespace platform {

struct ReferenceClock {
    std::string_view name;
    std::uint64_t frequency = 0; ///< In hertz.
    std::uint32_t mask = 0;      ///< The bits that the counter has; it wraps there.
    std::uint32_t (*read)() = nullptr;

    std::uint32_t elapsed(std::uint32_t from, std::uint32_t to) const { return (to - from) & mask; }
};

/// The best that this machine has, running; nothing when it has none.
std::optional<ReferenceClock> find_reference_clock(const AcpiMachine& machine);

} // namespace platform
