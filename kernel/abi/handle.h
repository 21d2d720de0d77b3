// Handles: how a program names what it holds a capability for.
#pragma once

#include <cstdint>

namespace abi {

/// A slot of the process's capability table, and how often that slot had been filled when the handle was
/// given out: a handle that has outlived its capability never means the next one in the same slot.
struct Handle {
    std::uint32_t slot = 0;
    std::uint32_t generation = 0; ///< From 1 on; 0 makes the handle that names nothing.

    constexpr bool operator==(const Handle&) const = default;

    constexpr explicit operator bool() const { return generation != 0; }
};

/// As it travels in a register.
constexpr std::uint64_t to_word(Handle handle) {
    return std::uint64_t{handle.generation} << 32 | handle.slot;
}

constexpr Handle to_handle(std::uint64_t word) {
    return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32)};
}

/// What every process holds from its first instruction on, in this order in its table. A spawner may give
/// something else in their place: the null object, or a file.
inline constexpr Handle self_process{0, 1};
inline constexpr Handle standard_input{1, 1};
inline constexpr Handle standard_output{2, 1};
inline constexpr Handle standard_error{3, 1};
inline constexpr std::uint32_t standard_handles = 4;

} // namespace abi
