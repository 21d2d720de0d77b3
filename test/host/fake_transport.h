// A virtio device behind a transport made of variables: it does what a test tells it to, and writes down what
// is done to it.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "driver/virtio/device.h"

namespace fake {

class Transport final : public driver::virtio::Transport {
public:
    // What the device is like.
    std::uint32_t type = 0;
    std::uint64_t offered = driver::virtio::feature::version_1;
    std::uint64_t demanded = 0; ///< It refuses FEATURES_OK without these.
    bool hangs_in_reset = false;
    std::map<std::uint16_t, std::uint16_t> queue_sizes;
    std::vector<std::uint8_t> configuration;
    std::vector<std::vector<std::uint8_t>>
        later_configurations; ///< Each takes the former's place at the next read.
    bool has_interrupt = true;

    // What happened to it, in order: "reset", "status 3", "features 0x100000000", "queue 0 of 8", "listen",
    // "notify 0".
    std::vector<std::string> events;
    std::map<std::uint16_t, driver::virtio::QueueLayout> queues;
    driver::virtio::Listener listener;
    driver::virtio::HeldListener held_listener;
    std::uint32_t reasons = 0; ///< Why it interrupts, until that is asked.
    std::uint8_t current_status = 0;
    std::uint64_t accepted = 0;
    std::uint32_t generation = 0;

    void interrupt(bool queues, bool configuration) {
        listener.on_interrupt(listener.context, queues, configuration);
    }

    std::uint32_t device_id() const override { return type; }

    std::string_view place() const override { return "fake@1000"; }

    std::string_view kind() const override { return "fake"; }

    std::uint8_t status() const override { return current_status; }

    void set_status(std::uint8_t status) override;
    std::expected<void, abi::Error> reset() override;

    std::uint64_t device_features() const override { return offered; }

    void set_driver_features(std::uint64_t features) override;
    std::uint32_t read_configuration(std::uint32_t offset, unsigned bytes) const override;

    std::uint32_t configuration_generation() const override { return generation; }

    std::uint16_t largest_queue(std::uint16_t queue) const override;
    std::expected<void, abi::Error> enable_queue(std::uint16_t queue,
                                                 const driver::virtio::QueueLayout& layout) override;
    void notify(std::uint16_t queue) override;
    std::expected<void, abi::Error> listen(driver::virtio::Listener listener) override;
    std::expected<void, abi::Error> listen_held(driver::virtio::HeldListener listener) override;

    std::uint32_t take_interrupt_reasons() override { return std::exchange(reasons, 0); }

    void complete_interrupt() override { events.push_back("complete"); }

    void stop_listening() override { events.push_back("stop listening"); }

private:
    void change_configuration();
};

} // namespace fake
