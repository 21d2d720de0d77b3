// Frames that go: each is copied into a slot, which comes back when the device is done with it.
#pragma once

#include <optional>

#include "driver/virtio/net_receive.h"
#include "kernel/base/static_vector.h"

namespace driver::virtio::network {

class TransmitQueue {
public:
    explicit TransmitQueue(Device& device) : device_(device) {}

    /// Sets the queue up. Once, when features are negotiated.
    Result bring_up();

    /// Sends a copy of `frame`, padded if it is short. Error::would_block when all slots are with the device,
    /// Error::corrupt when the device broke the rules.
    Result send(std::span<const std::byte> frame);

private:
    Result reclaim();

    Device& device_;
    std::optional<Queue> queue_;
    device::DmaMemory memory_;
    base::StaticVector<std::byte*, Queue::largest_size> free_;
};

} // namespace driver::virtio::network
