// The table of network devices.
#include "kernel/device/network.h"

#include "kernel/device/registry.h"

namespace device {
namespace {

constinit Registry<NetDevice> devices;

} // namespace

std::expected<void, abi::Error> register_net_device(NetDevice& device) { return devices.add(device); }

NetDevice* net_device(std::size_t index) { return devices.at(index); }

} // namespace device
