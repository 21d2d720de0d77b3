// Random reads and writes of a block device, many at a time, each verified.
#pragma once

#include <cstdint>

#include "kernel/base/format.h"
#include "kernel/device/block.h"

namespace monitor {

/// Reads and writes `sectors` sectors in all, in an order that `seed` decides, with up to 64 requests in
/// flight; then flushes, and reads everything that was written once more. Overwrites the disk. Prints
/// `blk test SECTORS SEED: passed`, and how many there were, or what went wrong and where. Ctrl-C ends it.
void test_block_device(device::BlockDevice& device, std::uint64_t sectors, std::uint64_t seed,
                       base::Sink sink);

} // namespace monitor
