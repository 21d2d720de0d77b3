// The kernel's random numbers. (The namespace is not called `random`, for that is a function of the host's C
// library.)
#pragma once

#include <cstddef>
#include <expected>
#include <span>

#include "kernel/abi/error.h"
#include "kernel/random/seeded_generator.h"

namespace randomness {

/// Starts to gather the first seed, which comes with the next interrupts; says so when there is no source.
/// Needs drivers.
void initialize();

/// Fills `out` with random bytes, fit for keys. Error::would_block until the first seed is gathered,
/// Error::unsupported where no source can give one. Interrupts must be masked.
std::expected<void, abi::Error> fill(std::span<std::byte> out);

Statistics statistics();

} // namespace randomness
