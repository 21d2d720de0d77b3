// Bytes from and to a handle, whatever it is for: an object of the kernel's, or the terminal service.
#pragma once

#include <span>
#include <string_view>

#include "user/lib/calls.h"

namespace trivium {

/// Reads what there is, at most as much as fits; waits for some. Returns how much that was, 0 at an end.
Result<std::uint64_t> read_some(Handle from, std::span<std::byte> to);

/// Writes at least a byte, if there is one; returns how many.
Result<std::uint64_t> write_some(Handle to, std::string_view text);

} // namespace trivium
