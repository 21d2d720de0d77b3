// What a system call leaves in the registers, whichever these are.
#pragma once

#include <cstdint>

namespace machine {

/// 0 or an abi::Error, and up to two values.
struct Result {
    std::uint64_t status;
    std::uint64_t first;
    std::uint64_t second;
};

} // namespace machine
