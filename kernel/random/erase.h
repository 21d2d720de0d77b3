// Erasing secrets for good.
#pragma once

#include <cstddef>
#include <span>

namespace randomness {

/// Zeroes what nobody will read again. The writes are volatile, or the compiler would leave them out.
inline void erase(std::span<std::byte> secret) {
    for (volatile std::byte& byte : secret) byte = std::byte{0};
}

} // namespace randomness
