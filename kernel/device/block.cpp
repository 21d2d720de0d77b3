// The table of block devices.
#include "kernel/device/block.h"

#include "kernel/device/registry.h"

namespace device {
namespace {

constinit Registry<BlockDevice> devices;

} // namespace

std::expected<void, abi::Error> register_block_device(BlockDevice& device) { return devices.add(device); }

BlockDevice* block_device(std::size_t index) { return devices.at(index); }

} // namespace device
