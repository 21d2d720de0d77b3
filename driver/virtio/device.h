// What all virtio devices have in common: bringing one up in the order of virtio 1.2, 3.1.1, and reading its
// configuration.
#pragma once

#include <cstdint>
#include <expected>

#include "driver/virtio/queue.h"
#include "driver/virtio/transport.h"

namespace driver::virtio {

namespace feature = abi::virtio::feature;

class Device {
public:
    explicit Device(Transport& transport) : transport_(transport) {}

    /// Reset, ACKNOWLEDGE, DRIVER, features, FEATURES_OK. `wanted` are the type's own features; version_1 is
    /// demanded, indirect descriptors and event index are taken where offered. Error::unsupported, with a
    /// line in the log that says what is missing, for devices that cannot be driven (legacy only, packed
    /// only); Error::timed_out for one that does not come back from reset.
    std::expected<void, Error> negotiate(std::uint64_t wanted);
    /// Sets up queue `index` with at most `size_limit` entries. Error::not_found when the device has no such
    /// queue, Error::out_of_memory.
    std::expected<Queue, Error> create_queue(std::uint16_t index,
                                             std::uint16_t size_limit = Queue::largest_size);
    /// Opens interrupts and sets DRIVER_OK: from here on the device works.
    std::expected<void, Error> start(Listener listener);
    /// Gives up on the device, with a line in the log: resets it, so that it leaves memory alone, and sets
    /// FAILED. Its queues are the caller's to clear.
    void fail(std::string_view why);
    /// Lists the device for `devices`: what drives it ("virtio-blk"), and `details` ("blk0: 64 MiB, flush"),
    /// to which the features of the rings are added.
    void note(std::string_view driver, std::string_view details) const;

    std::uint64_t features() const { return features_; }

    bool has(std::uint64_t feature) const { return (features_ & feature) != 0; }

    /// Whether the device has met an error that it cannot get over but by a reset (2.1.2). It tells of that
    /// by a configuration interrupt; the driver then calls fail() and clears its queues.
    bool needs_reset() const { return (transport_.status() & status::needs_reset) != 0; }

    Transport& transport() const { return transport_; }

    /// A number of the device's configuration, read whole although the device may be changing it (2.5.1).
    template <class T>
    T configuration(std::uint32_t offset) const {
        return static_cast<T>(read_consistently(offset, sizeof(T)));
    }

private:
    std::unexpected<Error> refuse(Error error, std::string_view why);
    void add_status(std::uint8_t bit);
    std::uint64_t read_once(std::uint32_t offset, unsigned bytes) const;
    std::uint64_t read_consistently(std::uint32_t offset, unsigned bytes) const;

    Transport& transport_;
    std::uint64_t features_ = 0;
};

/// What a driver of one device type does with a transport that leads to such a device: brings it up,
/// registers it with the kernel and notes it (Device::note). The transport stays valid for ever. An error has
/// been explained in the log.
using Attach = std::expected<void, Error> (*)(Transport& transport);

std::expected<void, Error> attach_net(Transport& transport);     // net.cpp
std::expected<void, Error> attach_block(Transport& transport);   // blk.cpp
std::expected<void, Error> attach_entropy(Transport& transport); // rng.cpp

/// Finds the driver for what `transport` leads to and lets it attach; notes devices that nobody drives.
void attach(Transport& transport);

} // namespace driver::virtio
