// Frames that come: the queue of buffers that the device fills.
//
// With mergeable buffers, a frame takes as many small ones as it needs; else each has room for the largest.
// Nothing that the device says about lengths and numbers is believed.
#pragma once

#include <array>
#include <expected>
#include <optional>
#include <string_view>

#include "driver/virtio/device.h"
#include "kernel/device/dma.h"
#include "kernel/device/network.h"

namespace driver::virtio::network {

using Result = std::expected<void, Error>;
/// How the device broke the rules, in words.
using Verdict = std::expected<void, std::string_view>;

class ReceiveQueue {
public:
    explicit ReceiveQueue(Device& device) : device_(device) {}

    /// Sets the queue up and puts buffers into it. Once, when features are negotiated.
    Result bring_up();
    /// Tells the device of the buffers. Once, when it works.
    void start();

    /// Hands the frames that have come to `receiver` and counts them. The buffers go back when all have been
    /// looked at, so that a flood of frames cannot keep us here.
    Verdict serve(device::FrameReceiver receiver, device::NetStatistics& statistics);

private:
    using Part = std::span<std::byte>;

    void offer(std::byte* slot);
    std::expected<Part, std::string_view> take_part();
    Verdict take_frame(Part first, device::FrameReceiver receiver, device::NetStatistics& statistics);
    std::expected<Part, std::string_view> gather(Part first, std::uint16_t buffers);

    Device& device_;
    std::optional<Queue> queue_;
    device::DmaMemory memory_;
    std::uint32_t slot_size_ = 0;
    bool mergeable_ = false;
    std::array<std::byte, device::NetDevice::largest_frame> gathered_{};
};

} // namespace driver::virtio::network
