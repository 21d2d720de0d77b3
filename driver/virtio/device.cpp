// Bringing a virtio device up, and giving it up.
#include "driver/virtio/device.h"

#include <algorithm>
#include <bit>

#include "hal/barrier.h"
#include "kernel/base/log.h"
#include "kernel/device/driver.h"

namespace driver::virtio {
namespace {

/// What is taken of any device that offers it. ACCESS_PLATFORM: "use addresses as the platform has them", and
/// here no IOMMU translates, so that these are the physical ones. ORDER_PLATFORM: hal::Barrier orders as
/// much.
constexpr std::uint64_t common_features = feature::indirect_descriptors | feature::event_index |
                                          feature::version_1 | feature::access_platform |
                                          feature::order_platform;

} // namespace

std::unexpected<Error> Device::refuse(Error error, std::string_view why) {
    base::log("virtio: {} is not used: {}", transport_.place(), why);
    add_status(status::failed);
    return std::unexpected(error);
}

/// Status bits are only ever added, but for a reset (2.1.1).
void Device::add_status(std::uint8_t bit) { transport_.set_status(transport_.status() | bit); }

std::expected<void, Error> Device::negotiate(std::uint64_t wanted) {
    features_ = 0;
    if (const auto done = transport_.reset(); !done)
        return refuse(done.error(), "it does not come back from reset");
    add_status(status::acknowledge);
    add_status(status::driver);

    const std::uint64_t offered = transport_.device_features();
    if ((offered & feature::version_1) == 0)
        return refuse(Error::unsupported, "it is a legacy device, without VIRTIO_F_VERSION_1");
    features_ = offered & (wanted | common_features);
    transport_.set_driver_features(features_);
    add_status(status::features_ok);
    if ((transport_.status() & status::features_ok) == 0)
        return refuse(Error::unsupported,
                      base::Text<160>::of("of its features {:#x} it demands more than {:#x}{}", offered,
                                          features_,
                                          offered & feature::ring_packed ? " (packed rings?)" : ""));
    return {};
}

std::expected<Queue, Error> Device::create_queue(std::uint16_t index, std::uint16_t size_limit) {
    const std::uint16_t size = std::bit_floor(std::min(transport_.largest_queue(index), size_limit));
    auto queue = size == 0 ? std::unexpected(Error::not_found)
                           : Queue::create(size, {.indirect = has(feature::indirect_descriptors),
                                                  .event_index = has(feature::event_index)});
    if (queue)
        if (const auto enabled = transport_.enable_queue(index, queue->layout()); !enabled)
            queue = std::unexpected(enabled.error());
    if (!queue) fail(base::Text<60>::of("queue {}: {}", index, queue.error()));
    return queue;
}

std::expected<void, Error> Device::start(Listener listener) {
    const auto listening = transport_.listen(listener);
    if (!listening) {
        fail(base::Text<60>::of("its interrupt: {}", listening.error()));
        return listening;
    }
    hal::Barrier::before_publish(); // From DRIVER_OK on the device may look at its queues, notified or not.
    add_status(status::driver_ok);
    return {};
}

void Device::fail(std::string_view why) {
    base::log("virtio: {} is given up: {}", transport_.place(), why);
    if (!transport_.reset()) base::log("virtio: {} does not come back from reset", transport_.place());
    add_status(status::failed);
}

void Device::note(std::string_view driver, std::string_view details) const {
    device::note_attached({.place = transport_.place(),
                           .driver = base::Text<24>::of("{} over {}", driver, transport_.kind()),
                           .features = base::Text<120>::of(
                               "{}{}{}{}", details, has(feature::event_index) ? ", event index" : "",
                               has(feature::indirect_descriptors) ? ", indirect" : "",
                               has(feature::access_platform) ? ", platform addresses" : "")});
}

/// Larger numbers than four bytes are read by halves (4.2.2.2).
std::uint64_t Device::read_once(std::uint32_t offset, unsigned bytes) const {
    if (bytes <= 4) return transport_.read_configuration(offset, bytes);
    const std::uint64_t low = transport_.read_configuration(offset, 4);
    return low | std::uint64_t{transport_.read_configuration(offset + 4, 4)} << 32;
}

/// A device whose configuration never rests is not waited for.
std::uint64_t Device::read_consistently(std::uint32_t offset, unsigned bytes) const {
    constexpr int patience = 1000;
    std::uint64_t value = 0;
    for (int attempt = 0; attempt < patience; ++attempt) {
        const std::uint32_t before = transport_.configuration_generation();
        value = read_once(offset, bytes);
        if (transport_.configuration_generation() == before) break;
    }
    return value;
}

} // namespace driver::virtio
