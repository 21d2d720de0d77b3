// A virtio block device that keeps its sectors in memory, written from the specification (virtio 1.2, 5.2).
// A test decides which request it answers next, and how.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "driver/virtio/transport.h"
#include "test/host/fake_ring.h"

namespace fake {

/// Feature bits by their numbers (5.2.3 and 6).
constexpr std::uint64_t feature(unsigned bit) { return std::uint64_t{1} << bit; }

inline constexpr unsigned size_max_bit = 1, seg_max_bit = 2, read_only_bit = 5, block_size_bit = 6,
                          flush_bit = 9, discard_bit = 13, indirect_bit = 28, event_index_bit = 29,
                          version_1_bit = 32;

class Disk final : public driver::virtio::Transport {
public:
    struct Setup {
        std::uint64_t features = feature(flush_bit);
        std::uint64_t sectors = 2048;
        std::uint32_t size_max = 0;
        std::uint32_t seg_max = 0;
        std::uint32_t block_size = 512;
        std::uint32_t max_discard_sectors = 0;
        std::uint16_t queue_size = 256;
    };

    /// One request as the device found it.
    struct Request {
        std::uint32_t type = 0;
        std::uint64_t sector = 0;
        std::vector<driver::virtio::Buffer> data;

        std::uint64_t bytes() const;
    };

    explicit Disk(const Setup& setup);

    /// What waits to be answered, oldest first.
    std::size_t waiting() { return ring_ ? ring_->chains().size() : 0; }

    Request request(std::size_t index);
    /// Does what the request says and answers it. `status` other than 0: only answers.
    void answer(std::size_t index, std::uint8_t status = 0);
    /// Answers, with a length of one's own.
    void answer_with_length(std::size_t index, std::uint32_t written);
    /// Answers the oldest ones well; the interrupt is the caller's to raise.
    void answer_silently(std::size_t count);
    /// Answers all there are, and those that come then.
    void answer_all();

    void change_capacity(std::uint64_t sectors);
    void ask_for_reset();
    void interrupt(bool queues, bool configuration) const;

    Ring& ring() { return *ring_; }

    std::vector<std::byte> storage;
    std::string serial = "fake-serial";
    Setup setup;
    unsigned resets = 0;
    unsigned notifications = 0;
    std::optional<std::uint64_t> sectors_at_start; ///< It is resized just before DRIVER_OK: nobody is told.

    std::uint32_t device_id() const override { return 2; }

    std::string_view place() const override { return "fake disk"; }

    std::string_view kind() const override { return "memory"; }

    std::uint8_t status() const override { return status_; }

    void set_status(std::uint8_t status) override;

    std::expected<void, abi::Error> reset() override;

    std::uint64_t device_features() const override { return setup.features | feature(version_1_bit); }

    void set_driver_features(std::uint64_t features) override { accepted_ = features; }

    std::uint32_t read_configuration(std::uint32_t offset, unsigned bytes) const override;

    std::uint32_t configuration_generation() const override { return generation_; }

    std::uint16_t largest_queue(std::uint16_t queue) const override {
        return queue == 0 ? setup.queue_size : 0;
    }

    std::expected<void, abi::Error> enable_queue(std::uint16_t queue,
                                                 const driver::virtio::QueueLayout& layout) override;
    void notify(std::uint16_t queue) override;
    std::expected<void, abi::Error> listen(driver::virtio::Listener listener) override;

    std::expected<void, abi::Error> listen_held(driver::virtio::HeldListener) override {
        return std::unexpected(abi::Error::unsupported); // The kernel's own driver is what is tested with it.
    }

    std::uint32_t take_interrupt_reasons() override { return 0; }

    void complete_interrupt() override {}

    void stop_listening() override {}

private:
    void execute(const Request& request);
    void finish(std::size_t index, std::uint32_t written);

    std::optional<Ring> ring_;
    driver::virtio::Listener listener_;
    std::uint64_t accepted_ = 0;
    std::uint32_t generation_ = 0;
    std::uint8_t status_ = 0;
};

} // namespace fake
