// How a virtio device is reached: the few things that differ between virtio over memory-mapped registers and
// over PCI (virtio 1.2, chapter 4). Everything else in this folder knows a Transport only.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "kernel/abi/error.h"
#include "kernel/abi/virtio.h"
#include "kernel/base/address.h"
#include "kernel/base/text.h"
#include "kernel/device/offered.h"

namespace driver::virtio {

using abi::Error;
using base::PhysicalAddress;

namespace status = abi::virtio::status;
using abi::virtio::Descriptor, abi::virtio::RingHeader, abi::virtio::Shared, abi::virtio::Used,
    abi::virtio::passes_event;
using abi::virtio::queues_interrupt, abi::virtio::configuration_interrupt;

/// Where the three parts of a split virtqueue lie (2.7).
struct QueueLayout {
    std::uint16_t size = 0; ///< Entries: a power of two.
    PhysicalAddress descriptors{};
    PhysicalAddress available{};
    PhysicalAddress used{};
};

/// Told of the device's interrupts; called with interrupts masked. Either or both may have happened.
struct Listener {
    void (*on_interrupt)(void* context, bool queues, bool configuration) = nullptr;
    void* context = nullptr;
};

/// Told that the device interrupts, and asks itself for what.
using HeldListener = device::OfferedDevice::Listener;

class Transport {
public:
    /// What the device is: 1 network card, 2 block device, 4 entropy source (5).
    virtual std::uint32_t device_id() const = 0;
    /// The device's place, for people: "virtio_mmio@a000000" or "pci 00:02.0".
    virtual std::string_view place() const = 0;
    virtual std::string_view kind() const = 0; ///< "mmio" or "pci"

    virtual std::uint8_t status() const = 0;
    virtual void set_status(std::uint8_t status) = 0;
    /// Writes 0 to the status and waits, for a bounded time, until it reads as 0. Error::timed_out otherwise.
    virtual std::expected<void, Error> reset() = 0;

    virtual std::uint64_t device_features() const = 0;
    virtual void set_driver_features(std::uint64_t features) = 0;

    /// One read of the device's own configuration, of 1, 2 or 4 bytes; see Device::configuration for
    /// consistent ones.
    virtual std::uint32_t read_configuration(std::uint32_t offset, unsigned bytes) const = 0;
    virtual std::uint32_t configuration_generation() const = 0;

    /// The largest size of that queue, 0 when the device has no such queue.
    virtual std::uint16_t largest_queue(std::uint16_t queue) const = 0;
    virtual std::expected<void, Error> enable_queue(std::uint16_t queue, const QueueLayout& layout) = 0;
    /// Tells the device that the queue has something new.
    virtual void notify(std::uint16_t queue) = 0;

    /// Opens the device's interrupts. Before DRIVER_OK, once.
    virtual std::expected<void, Error> listen(Listener listener) = 0;

    // In its place, for a device that a program drives: the listener is told once, and again only after
    // complete_interrupt(), as far as the way of its interrupts can hold one back.

    virtual std::expected<void, Error> listen_held(HeldListener listener) = 0;
    /// Why the device has interrupted since this was asked last; quiets it. Bits as in interrupt_status.
    virtual std::uint32_t take_interrupt_reasons() = 0;
    /// Completes what is held back, on any CPU. Harmless when nothing is.
    virtual void complete_interrupt() = 0;
    /// The opposite of listen_held().
    virtual void stop_listening() = 0;

protected:
    ~Transport() = default;
};

} // namespace driver::virtio
