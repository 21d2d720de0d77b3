// The table of devices for programs.
#include "kernel/device/offered.h"

#include "kernel/device/registry.h"

namespace device {
namespace {

constinit Registry<OfferedDevice> devices;

} // namespace

std::expected<void, abi::Error> offer(OfferedDevice& device) { return devices.add(device); }

OfferedDevice* offered_device(std::size_t index) { return devices.at(index); }

} // namespace device
