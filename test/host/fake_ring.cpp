// Reads descriptors and rings as a device would.
#include "test/host/fake_ring.h"

#include <doctest/doctest.h>

#include <cstring>

using driver::virtio::Buffer;

namespace fake {

DmaMachine::DmaMachine() {
    reset();
    hal::BootInfo info;
    info.memory.push_back(memory);
    info.early_window = memory;
    memory::initialize(info);
}

/// Whoever took frames must have given them back: nothing leaks.
DmaMachine::~DmaMachine() {
    const memory::FrameStatistics& frames = memory::frames().statistics();
    CHECK(frames.used[static_cast<std::size_t>(memory::FrameUse::other)] == 0);
}

std::uint32_t Chain::writable() const {
    std::uint32_t total = 0;
    for (const Buffer& buffer : buffers) total += buffer.device_writes ? buffer.length : 0;
    return total;
}

std::uint16_t& Ring::used_event() const { return at<std::uint16_t>(layout_.available, 4 + 2 * layout_.size); }

std::uint16_t& Ring::available_event() const { return at<std::uint16_t>(layout_.used, 4 + 8 * layout_.size); }

void Ring::fetch() {
    const auto index = at<std::uint16_t>(layout_.available, 2);
    REQUIRE(static_cast<std::uint16_t>(index - seen_) + chains_.size() <= layout_.size);
    for (; seen_ != index; ++seen_)
        chains_.push_back(read_chain(at<std::uint16_t>(layout_.available, 4 + 2 * (seen_ % layout_.size))));
}

/// Descriptors are address, length, flags (1 next, 2 device writes, 4 indirect) and next, in 16 bytes.
Chain Ring::read_chain(std::uint16_t head) const {
    Chain chain{head, {}};
    base::PhysicalAddress table = layout_.descriptors;
    std::uint32_t entries = layout_.size;
    for (std::uint16_t next = head;;) {
        REQUIRE(next < entries);
        const auto address = at<std::uint64_t>(table, 16 * next);
        const auto length = at<std::uint32_t>(table, 16 * next + 8);
        const auto flags = at<std::uint16_t>(table, 16 * next + 12);
        if ((flags & 4) != 0) {
            REQUIRE(options_.indirect);
            REQUIRE(flags == 4);
            REQUIRE(chain.buffers.empty());
            REQUIRE(length % 16 == 0);
            table = {address};
            entries = length / 16;
            next = 0;
            continue;
        }
        chain.buffers.push_back({{address}, length, (flags & 2) != 0});
        REQUIRE(chain.buffers.size() <= layout_.size);
        if ((flags & 1) == 0) return chain;
        next = at<std::uint16_t>(table, 16 * next + 14);
    }
}

bool Ring::complete(std::size_t index, std::uint32_t written) {
    put_used(chains_[index].head, written);
    chains_.erase(chains_.begin() + static_cast<std::ptrdiff_t>(index));
    if (options_.event_index) return used_event() == static_cast<std::uint16_t>(used_index_ - 1);
    return (at<std::uint16_t>(layout_.available, 0) & 1) == 0;
}

bool Ring::ask_for_notification() {
    if (options_.event_index)
        available_event() = seen_;
    else
        at<std::uint16_t>(layout_.used, 0) = 0;
    return at<std::uint16_t>(layout_.available, 2) != seen_;
}

void Ring::decline_notifications() {
    if (options_.event_index)
        available_event() = static_cast<std::uint16_t>(seen_ - 1);
    else
        at<std::uint16_t>(layout_.used, 0) = 1;
}

void Ring::put_used(std::uint32_t id, std::uint32_t written) {
    at<std::uint32_t>(layout_.used, 4 + 8 * (used_index_ % layout_.size)) = id;
    at<std::uint32_t>(layout_.used, 8 + 8 * (used_index_ % layout_.size)) = written;
    set_used_index(static_cast<std::uint16_t>(used_index_ + 1));
}

void Ring::set_used_index(std::uint16_t index) {
    used_index_ = index;
    at<std::uint16_t>(layout_.used, 2) = index;
}

void Ring::scribble(std::uint8_t value) {
    std::memset(hal::direct<void>(layout_.descriptors), value, std::size_t{16} * layout_.size);
    std::memset(hal::direct<void>(layout_.available), value, 6 + std::size_t{2} * layout_.size);
}

} // namespace fake
