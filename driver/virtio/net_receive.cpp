// Takes frames out of the receive queue.
#include "driver/virtio/net_receive.h"

#include <algorithm>

#include "driver/virtio/net_format.h"
#include "kernel/base/log.h"

namespace driver::virtio::network {
namespace {

// Buffers, and how many. Most frames are small; the largest takes three of the mergeable ones.
constexpr std::uint32_t mergeable_size = 512, plain_size = 2048;
constexpr std::uint16_t mergeable_count = 256, plain_count = 128;
static_assert(plain_size >= header::size + device::NetDevice::largest_frame);

} // namespace

Result ReceiveQueue::bring_up() {
    mergeable_ = device_.has(feature::mergeable_buffers);
    slot_size_ = mergeable_ ? mergeable_size : plain_size;
    auto queue = device_.create_queue(receive_queue, mergeable_ ? mergeable_count : plain_count);
    if (!queue) return std::unexpected(queue.error());
    queue_ = std::move(*queue);
    auto memory = device::DmaMemory::allocate(std::size_t{queue_->size()} * slot_size_);
    if (!memory) return std::unexpected(memory.error());
    memory_ = std::move(*memory);
    for (std::size_t i = 0; i < queue_->size(); ++i) offer(memory_.bytes().data() + i * slot_size_);
    return {};
}

void ReceiveQueue::start() {
    if (queue_->publish()) device_.transport().notify(receive_queue);
}

/// Puts a buffer into the queue; there is room, since there are no more buffers than it has places.
void ReceiveQueue::offer(std::byte* slot) {
    const auto offset = static_cast<std::uint64_t>(slot - memory_.bytes().data());
    const Buffer buffer{memory_.physical() + offset, slot_size_, true};
    base::check(queue_->add({&buffer, 1}, slot).has_value(), "virtio-net: no room for a receive buffer");
}

Verdict ReceiveQueue::serve(device::FrameReceiver receiver, device::NetStatistics& statistics) {
    do {
        for (;;) {
            const auto part = take_part();
            if (!part) return std::unexpected(part.error());
            if (part->empty()) break;
            if (const auto taken = take_frame(*part, receiver, statistics); !taken) return taken;
        }
    } while (queue_->enable_interrupts());
    if (queue_->publish()) device_.transport().notify(receive_queue);
    return {};
}

/// What the device has written into the next buffer that it is done with; empty when there is none.
std::expected<ReceiveQueue::Part, std::string_view> ReceiveQueue::take_part() {
    const auto completion = queue_->take();
    if (!completion) return std::unexpected("its receive queue is corrupt");
    if (!*completion) return Part{};
    if ((*completion)->written == 0) return std::unexpected("it returned a receive buffer empty");
    return Part(static_cast<std::byte*>((*completion)->owner), (*completion)->written);
}

Verdict ReceiveQueue::take_frame(Part first, device::FrameReceiver receiver,
                                 device::NetStatistics& statistics) {
    if (first.size() < header::size) return std::unexpected("it sent a frame without its header");
    // The number is written by all devices that merge, but not by all others.
    const std::uint16_t buffers = mergeable_ ? buffers_of(first) : std::uint16_t{1};
    if (buffers == 0 || buffers > queue_->size())
        return std::unexpected("it sent a frame in an impossible number of buffers");
    auto frame = std::expected<Part, std::string_view>(first.subspan(header::size));
    if (buffers > 1) frame = gather(*frame, buffers);
    if (!frame) return std::unexpected(frame.error());

    if (frame->size() < smallest_header || frame->size() > device::NetDevice::largest_frame) {
        ++statistics.receive_dropped;
    } else {
        ++statistics.received;
        if (receiver.receive) receiver.receive(receiver.context, *frame);
    }
    offer(first.data());
    return {};
}

/// Puts a frame together that came in several buffers; empty when it is longer than a frame can be.
std::expected<ReceiveQueue::Part, std::string_view> ReceiveQueue::gather(Part first, std::uint16_t buffers) {
    std::size_t size = 0;
    const auto append = [&](Part part) {
        if (part.size() <= gathered_.size() - std::min(size, gathered_.size()))
            std::ranges::copy(part, gathered_.begin() + size);
        size += part.size();
    };
    append(first);
    for (std::uint16_t i = 1; i < buffers; ++i) {
        const auto part = take_part();
        if (!part) return part;
        if (part->empty()) return std::unexpected("it sent fewer buffers of a frame than it said");
        append(*part);
        offer(part->data());
    }
    return size <= gathered_.size() ? Part(gathered_).first(size) : Part{};
}

} // namespace driver::virtio::network
