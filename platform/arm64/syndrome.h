// What ESR_ELx says of an exception (Arm ARM D13.2.37): in words, and as a user fault.
#pragma once

#include <cstdint>

#include "hal/trap.h"

namespace platform {

/// The words for a synchronous exception, without addresses.
base::Text<96> describe_syndrome(std::uint64_t esr);

/// Whether FAR_ELx holds the address that the exception is about.
bool has_fault_address(std::uint64_t esr);

/// What user code did; `far` is FAR_ELx.
hal::UserFault user_fault(std::uint64_t esr, std::uint64_t far);

} // namespace platform
