// The device's reactions, and the list of what was done to it.
#include "test/host/fake_transport.h"

#include <doctest/doctest.h>

#include "kernel/base/text.h"

namespace status = driver::virtio::status;

namespace fake {
namespace {

template <class... Arguments>
std::string text(base::FormatString<Arguments...> pattern, const Arguments&... arguments) {
    return std::string(base::Text<80>::of(pattern, arguments...).view());
}

} // namespace

void Transport::set_status(std::uint8_t status) {
    CHECK((status & current_status) == current_status); // Only a reset takes bits away (2.1.1).
    events.push_back(text("status {}", status));
    const bool refuses = (accepted & demanded) != demanded;
    current_status = refuses ? status & ~status::features_ok : status;
}

std::expected<void, abi::Error> Transport::reset() {
    events.push_back("reset");
    if (hangs_in_reset) return std::unexpected(abi::Error::timed_out);
    current_status = 0;
    queues.clear();
    return {};
}

void Transport::set_driver_features(std::uint64_t features) {
    CHECK((features & ~offered) == 0);
    events.push_back(text("features {:#x}", features));
    accepted = features;
}

std::uint32_t Transport::read_configuration(std::uint32_t offset, unsigned bytes) const {
    REQUIRE((bytes == 1 || bytes == 2 || bytes == 4));
    REQUIRE(offset % bytes == 0);
    REQUIRE(offset + bytes <= configuration.size());
    std::uint32_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) value |= std::uint32_t{configuration[offset + i]} << 8 * i;
    const_cast<Transport*>(this)->change_configuration();
    return value;
}

/// A device that is being resized may change between any two reads.
void Transport::change_configuration() {
    if (later_configurations.empty()) return;
    configuration = later_configurations.front();
    later_configurations.erase(later_configurations.begin());
    ++generation;
}

std::uint16_t Transport::largest_queue(std::uint16_t queue) const {
    const auto found = queue_sizes.find(queue);
    return found == queue_sizes.end() ? std::uint16_t{0} : found->second;
}

std::expected<void, abi::Error> Transport::enable_queue(std::uint16_t queue,
                                                        const driver::virtio::QueueLayout& layout) {
    CHECK((current_status & status::features_ok) != 0);
    CHECK((current_status & status::driver_ok) == 0);
    CHECK(layout.size <= largest_queue(queue));
    if (queues.contains(queue)) return std::unexpected(abi::Error::occupied);
    events.push_back(text("queue {} of {}", queue, layout.size));
    queues[queue] = layout;
    return {};
}

void Transport::notify(std::uint16_t queue) {
    CHECK((current_status & status::driver_ok) != 0); // Not before (3.1.1).
    events.push_back(text("notify {}", queue));
}

std::expected<void, abi::Error> Transport::listen(driver::virtio::Listener new_listener) {
    CHECK((current_status & status::driver_ok) == 0);
    listener = new_listener; // It may be known already when the second of two interrupts cannot be had.
    if (!has_interrupt) return std::unexpected(abi::Error::not_found);
    events.push_back("listen");
    return {};
}

std::expected<void, abi::Error> Transport::listen_held(driver::virtio::HeldListener listener) {
    if (!has_interrupt) return std::unexpected(abi::Error::not_found);
    held_listener = listener;
    events.push_back("listen");
    return {};
}

} // namespace fake
