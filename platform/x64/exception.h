// What an exception was: in the manual's words, and as a fault of user code in words that no machine owns.
#pragma once

#include <cstdint>

#include "hal/trap.h"

namespace platform {

/// The raw syndrome of hal::Fault and hal::UserFault.
constexpr std::uint64_t exception_code(std::uint64_t vector, std::uint64_t error_code) {
    return vector << 32 | (error_code & 0xffff'ffff);
}

/// The words for a syndrome (Intel SDM 3A, table 6-1 and 4.7).
base::Text<96> describe_exception(std::uint64_t code);

/// Whether CR2 tells of it: a page fault, or a double fault, which is what becomes of one at a used-up stack.
bool has_fault_address(std::uint64_t vector);

/// What user code did to cause the exception that `context` was saved by. Reads CR2: before any other fault.
hal::UserFault describe_user_fault(const UserContext& context);

} // namespace platform
