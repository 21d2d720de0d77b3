// Red zones and poison: how a debug build finds out that somebody wrote where nothing was his.
//
//     | what the caller asked for | red zone, at least 8 bytes | size, sealed |
//     0                           size                         slot.size() - 8
//
// A slot that is free is all poison. Writing behind an object damages the red zone or the sealed size,
// writing before it those of its neighbour, and writing after it was freed damages the poison.
#pragma once

#include <cstddef>
#include <expected>
#include <span>

#include "kernel/abi/error.h"

namespace memory::guard {

/// What each slot must be larger than its object by.
inline constexpr std::size_t overhead = 16;

/// Prepares a slot for an object of `size` bytes, at most slot.size() - overhead, and fills the object so
/// that reading it before writing it is seen.
void arm(std::span<std::byte> slot, std::size_t size);

/// The size that arm() was told; Error::corrupt when red zone or size were overwritten.
std::expected<std::size_t, abi::Error> check(std::span<const std::byte> slot);

/// Fills a free slot.
void poison(std::span<std::byte> slot);

/// Whether a free slot still is as poison() left it.
bool is_poisoned(std::span<const std::byte> slot);

} // namespace memory::guard
