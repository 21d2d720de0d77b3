// The allocators, tried out on the running machine.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/format.h"

namespace monitor {

/// Allocates and frees thousands of blocks in an order that `seed` decides, each filled with a pattern of its
/// own that must still be there when it is freed; then frees all. `kind` is "frames" or "heap". Prints
/// `memory test KIND SEED: passed`, or what went wrong.
void test_memory(std::string_view kind, std::uint64_t seed, base::Sink sink);

} // namespace monitor
