// Calls to firmware that starts CPUs and ends the machine (Arm DEN 0022, PSCI; Arm DEN 0028, SMCCC).
#pragma once

#include <cstdint>

namespace platform::psci {

enum class Function : std::uint64_t {
    system_off = 0x8400'0008,
    system_reset = 0x8400'0009,
    cpu_on = 0xc400'0003,
};

// What firmware answers (DEN 0022, 5.2.2).
inline constexpr std::int32_t success = 0;
inline constexpr std::int32_t not_supported = -1;

/// Finds out from the device tree how firmware is called.
void initialize();

/// Asks firmware; `not_supported` before initialize() and where there is no such firmware.
std::int32_t call(Function function, std::uint64_t first = 0, std::uint64_t second = 0,
                  std::uint64_t third = 0);

} // namespace platform::psci
