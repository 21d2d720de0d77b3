// What scause says, in the manual's words and in the kernel's.
#pragma once

#include <cstdint>

#include "hal/trap.h"

namespace platform {

inline constexpr std::uint64_t is_interrupt = std::uint64_t{1} << 63; ///< In scause.

/// The cause of a trap, in words; for an access, what was tried is named too.
base::Text<96> describe_cause(std::uint64_t scause);

/// Whether stval is the address of an access that failed.
bool is_access(std::uint64_t scause);

/// An exception of user mode; `stval` is what that register held (RISC-V Privileged 4.1.9).
hal::UserFault decode_user_fault(std::uint64_t scause, std::uint64_t stval);

} // namespace platform
