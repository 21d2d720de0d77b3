// Filling a disk with random numbers.
#pragma once

#include <cstdint>

#include "kernel/base/format.h"

namespace monitor {

/// Writes `sectors` random sectors to the first block device, from `sector` on, and flushes its cache. Says
/// what was done, or why it ended early. The generator must be seeded.
void write_random_sectors(std::uint64_t sector, std::uint64_t sectors, base::Sink out);

} // namespace monitor
