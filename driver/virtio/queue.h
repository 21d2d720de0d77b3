// A split virtqueue: how driver and device hand buffers to each other through memory (virtio 1.2, 2.7).
//
//     driver  ──descriptors──>  what and where
//             ──available ring─> chains that are new        the device takes them in order,
//     device  ──used ring─────> chains that are done        and finishes them in any
//
// The device is not trusted. What it writes is checked before it is used; a bad id, a length that was never
// offered, the same chain twice, or more completions than there were requests are Error::corrupt, after which
// the queue must be reset. Memory outside of the rings is never read or written at the device's word.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>

#include "driver/virtio/transport.h"
#include "kernel/device/dma.h"

namespace driver::virtio {

/// One piece of memory that the device reads, or writes.
struct Buffer {
    PhysicalAddress address{};
    std::uint32_t length = 0;
    bool device_writes = false;
};

/// What take() found: whose chain is done, and how many bytes the device wrote into it.
struct Completion {
    void* owner = nullptr;
    std::uint32_t written = 0;
};

class Queue {
public:
    static constexpr std::uint16_t largest_size = 256;

    struct Options {
        /// VIRTIO_F_INDIRECT_DESC was negotiated: a chain lies in a table of its own, and takes one
        /// descriptor of the queue, unless it is longer than the tables are.
        bool indirect = false;
        /// VIRTIO_F_EVENT_IDX was negotiated: each side says when it wants to be told.
        bool event_index = false;
    };

    /// Allocates rings for `size` entries. Error::invalid_argument unless that is a power of two of at most
    /// largest_size, Error::out_of_memory.
    static std::expected<Queue, Error> create(std::uint16_t size, Options options);

    Queue(Queue&&) noexcept = default;
    Queue& operator=(Queue&&) noexcept = default;

    QueueLayout layout() const;

    std::uint16_t size() const { return size_; }

    /// How many more chains of `buffers` buffers can be added. No chain is longer than the queue.
    std::uint16_t room(std::size_t buffers) const;

    /// Offers a chain to the device: what it reads first, then what it writes. `owner` comes back with the
    /// completion and must not be null. Error::would_block when there is no room now, Error::invalid_argument
    /// for an empty chain, one longer than the queue or than 4 GiB, a zero length or a wrong order.
    std::expected<void, Error> add(std::span<const Buffer> chain, void* owner);

    /// Makes visible what was added since the last call. True when the device wants to be told of it.
    bool publish();

    /// Takes the next finished chain; nothing when there is none. Error::corrupt when the device broke the
    /// rules; nothing was taken then.
    std::expected<std::optional<Completion>, Error> take();

    /// Asks for an interrupt when the next chain is done; to be called again whenever take() has found
    /// nothing more. True when some are done already, which will not interrupt: take() again.
    bool enable_interrupts();
    /// Asks for none. The device may send some all the same.
    void disable_interrupts();

    /// Forgets all chains, for a device that was reset, and calls `abandon(context, owner)` for each that was
    /// not done; that must not add new ones.
    void clear(void (*abandon)(void* context, void* owner), void* context);

private:
    /// Buffers that a chain's own table has room for. Drivers with more to say at once are rare.
    static constexpr std::uint16_t table_length = 8;

    /// What the driver must remember of a descriptor. It stands in memory that the device does not reach,
    /// and nothing of it is ever read back from the rings.
    struct Slot {
        void* owner = nullptr;      ///< Of the chain that begins here; null when none does.
        std::uint64_t writable = 0; ///< How many bytes the device may write into that chain.
        std::uint16_t length = 0;   ///< How many descriptors it takes.
        bool published = false;     ///< Whether the device knows of it.
        std::uint16_t next = 0;     ///< The descriptor behind this one, in its chain or among the free.
        std::uint16_t added = 0;    ///< The chain at this place of the available ring, until it is published.
    };

    Queue(std::uint16_t size, Options options, device::DmaMemory memory, std::unique_ptr<Slot[]> slots);

    void reset();
    bool takes_table(std::size_t buffers) const;
    std::uint16_t write_chain(std::span<const Buffer> chain);
    void write_table(std::uint16_t head, std::span<const Buffer> chain);
    void release(std::uint16_t head);

    template <class T>
    T* at(std::size_t offset) const {
        return static_cast<T*>(static_cast<void*>(memory_.bytes().data() + offset));
    }

    std::uint16_t size_;
    Options options_;
    device::DmaMemory memory_;
    std::unique_ptr<Slot[]> slots_;

    std::uint16_t free_ = 0;       ///< The first free descriptor, if there is one.
    std::uint16_t free_count_ = 0; ///< Together with those of all chains this is size_.

    // Chains ever added, published and taken, modulo 65,536 as the rings count them.
    std::uint16_t added_ = 0;
    std::uint16_t published_ = 0;
    std::uint16_t taken_ = 0;
};

} // namespace driver::virtio
