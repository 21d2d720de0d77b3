// Puts frames into the transmit queue.
#include "driver/virtio/net_transmit.h"

#include <algorithm>

#include "driver/virtio/net_format.h"

namespace driver::virtio::network {
namespace {

constexpr std::uint16_t slot_count = 128;
constexpr std::size_t slot_size = 2048;
static_assert(slot_size >= header::size + device::NetDevice::largest_frame);

} // namespace

/// No interrupt is wanted when a frame has been sent: the next one looks for slots that have come back.
Result TransmitQueue::bring_up() {
    auto queue = device_.create_queue(transmit_queue, slot_count);
    if (!queue) return std::unexpected(queue.error());
    queue_ = std::move(*queue);
    queue_->disable_interrupts();
    auto memory = device::DmaMemory::allocate(queue_->size() * slot_size);
    if (!memory) return std::unexpected(memory.error());
    memory_ = std::move(*memory);
    for (std::size_t i = queue_->size(); i > 0; --i)
        free_.push_back(memory_.bytes().data() + (i - 1) * slot_size);
    return {};
}

Result TransmitQueue::reclaim() {
    for (;;) {
        const auto completion = queue_->take();
        if (!completion) return std::unexpected(completion.error());
        if (!*completion) break;
        free_.push_back(static_cast<std::byte*>((*completion)->owner));
    }
    queue_->disable_interrupts(); // The event index is relative to what was taken.
    return {};
}

Result TransmitQueue::send(std::span<const std::byte> frame) {
    if (const auto reclaimed = reclaim(); !reclaimed) return reclaimed;
    if (free_.empty()) return std::unexpected(Error::would_block);
    std::byte* const slot = free_.back();
    free_.erase(free_.size() - 1);

    const std::span<std::byte> place(slot, slot_size);
    const std::size_t size = header::size + std::max(frame.size(), smallest_frame);
    std::ranges::fill(place.first(size), std::byte{0});
    std::ranges::copy(frame, place.begin() + header::size);
    const auto offset = static_cast<std::uint64_t>(slot - memory_.bytes().data());
    const Buffer buffer{memory_.physical() + offset, static_cast<std::uint32_t>(size), false};
    if (const auto added = queue_->add({&buffer, 1}, slot); !added) return added;
    if (queue_->publish()) device_.transport().notify(transmit_queue);
    return {};
}

} // namespace driver::virtio::network
