// The device's side of a split virtqueue, written from the specification and not from the driver: it reads
// and writes the rings by their offsets (virtio 1.2, 2.7). It keeps the rules, or breaks them when told to.
#pragma once

#include <cstdint>
#include <vector>

#include "driver/virtio/queue.h"
#include "hal/boot.h"
#include "kernel/memory/kernel_space.h"
#include "test/host/fake_hal.h"

namespace fake {

/// 16 MiB of RAM with frames to take from it, as device::DmaMemory needs.
class DmaMachine {
public:
    DmaMachine();
    ~DmaMachine();

private:
    static constexpr base::PhysicalRange memory{{0x8000'0000}, 16 << 20};
    Ram ram_{memory.start, memory.size};
};

/// A chain as the device found it.
struct Chain {
    std::uint16_t head = 0;
    std::vector<driver::virtio::Buffer> buffers;

    std::uint32_t writable() const;
};

class Ring {
public:
    Ring(const driver::virtio::QueueLayout& layout, driver::virtio::Queue::Options options)
        : layout_(layout), options_(options) {}

    /// Takes in what the driver has published; complains, by a doctest check, about what no driver may do.
    void fetch();

    /// Chains taken in and not completed, oldest first.
    std::vector<Chain>& chains() { return chains_; }

    /// Completes one of them. True when the driver is to be interrupted.
    bool complete(std::size_t index, std::uint32_t written);

    /// Asks to be told of the next chain. True when there are new ones already.
    bool ask_for_notification();
    void decline_notifications();

    // Against the rules.
    void put_used(std::uint32_t id, std::uint32_t written);
    void set_used_index(std::uint16_t index);
    /// Overwrites what is the driver's: its descriptors and its available ring.
    void scribble(std::uint8_t value);

    std::uint16_t used_index() const { return used_index_; }

private:
    template <class T>
    T& at(base::PhysicalAddress start, std::uint64_t offset) const {
        return *hal::direct<T>(start + offset);
    }

    std::uint16_t& used_event() const;
    std::uint16_t& available_event() const;
    Chain read_chain(std::uint16_t head) const;

    driver::virtio::QueueLayout layout_;
    driver::virtio::Queue::Options options_;
    std::vector<Chain> chains_;
    std::uint16_t seen_ = 0;
    std::uint16_t used_index_ = 0;
};

} // namespace fake
