// What a system call leaves in the registers, whichever these are.
#pragma once

#include <array>
#include <cstdint>

namespace machine {

/// 0 or an abi::Error, and up to two values.
struct Result {
    std::uint64_t status;
    std::uint64_t first;
    std::uint64_t second;
};

/// The same of a call that gives a message.
struct MessageResult {
    std::uint64_t status;
    std::uint64_t information;
    std::uint64_t badge;
    std::array<std::uint64_t, 4> words;
};

} // namespace machine
