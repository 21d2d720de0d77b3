// The driver of entropy devices, with a device that is short, empty-handed or wrong.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "kernel/device/entropy.h"
#include "test/host/fake_ring.h"
#include "test/host/fake_transport.h"

namespace {

using abi::Error;
namespace status = driver::virtio::status;

using Answers = std::vector<std::vector<std::byte>>;

/// A machine with memory and an entropy device, which the driver has taken. What a driver takes it keeps for
/// ever, so that this memory is not asked back.
class RandomMachine {
public:
    RandomMachine() {
        fake::reset();
        hal::BootInfo info;
        info.memory.push_back(ram_.range());
        info.early_window = ram_.range();
        memory::initialize(info);
        device.type = 4;
        device.queue_sizes = {{0, 8}};
        while (device::entropy_source(count_)) ++count_;
        attached = driver::virtio::attach_entropy(device);
    }

    device::EntropySource& source() const { return *device::entropy_source(count_); }

    std::expected<void, Error> request(std::size_t bytes) { return source().request(bytes, {receive, this}); }

    /// The buffers that the driver offers now, as the device finds them.
    std::vector<fake::Chain>& offered() {
        if (!ring_)
            ring_ = std::make_unique<fake::Ring>(device.queues.at(0), driver::virtio::Queue::Options{});
        ring_->fetch();
        return ring_->chains();
    }

    /// What the buffer in front of the device holds.
    std::span<std::byte> buffer() {
        const auto& buffer = offered().at(0).buffers.at(0);
        return {hal::direct<std::byte>(buffer.address), buffer.length};
    }

    /// The device writes so many bytes of that value, and interrupts.
    void answer(std::size_t bytes, int value) {
        std::ranges::fill(buffer().first(bytes), static_cast<std::byte>(value));
        ring_->complete(0, static_cast<std::uint32_t>(bytes));
        device.interrupt(true, false);
    }

    fake::Ring& ring() { return *ring_; }

    fake::Transport device;
    std::expected<void, Error> attached;
    Answers answers;
    std::size_t ask_again = 0; ///< So many bytes the receiver asks for at once.

private:
    static void receive(void* context, std::span<const std::byte> bytes) {
        auto& self = *static_cast<RandomMachine*>(context);
        self.answers.emplace_back(bytes.begin(), bytes.end());
        if (self.ask_again > 0) CHECK(self.request(std::exchange(self.ask_again, 0)));
    }

    fake::Ram ram_{{0x8000'0000}, 16 << 20};
    std::unique_ptr<fake::Ring> ring_;
    std::size_t count_ = 0;
};

std::vector<std::byte> some(std::size_t count, int value) {
    return std::vector<std::byte>(count, static_cast<std::byte>(value));
}

} // namespace

TEST_CASE_FIXTURE(RandomMachine, "random device: a short answer is handed over as it is, and erased") {
    REQUIRE(attached);
    REQUIRE(request(32));
    CHECK(device.events.back() == "notify 0");
    REQUIRE(offered().size() == 1);
    CHECK(offered()[0].writable() == 32);
    const auto memory = buffer();
    answer(5, 0x77);
    CHECK(answers == Answers{some(5, 0x77)});
    CHECK(std::ranges::count(memory, std::byte{0}) == 32);
    CHECK(offered().empty());
}

TEST_CASE_FIXTURE(RandomMachine, "random device: one request at a time, and never for nothing") {
    REQUIRE(attached);
    CHECK(request(0).error() == Error::invalid_argument);
    REQUIRE(request(1'000'000));
    CHECK(offered().at(0).writable() == base::page_size);
    CHECK(request(1).error() == Error::would_block);
    answer(base::page_size, 1);
    CHECK(request(1));
    device.interrupt(true, false); // For no reason.
    device.interrupt(false, true);
    CHECK(answers.size() == 1);
}

TEST_CASE_FIXTURE(RandomMachine, "random device: who asks again from the answer gets a clean buffer") {
    REQUIRE(attached);
    REQUIRE(request(8));
    ask_again = 16;
    answer(8, 0x11);
    REQUIRE(offered().size() == 1);
    CHECK(std::ranges::equal(buffer(), some(16, 0)));
    answer(16, 0x22);
    CHECK(answers == Answers{some(8, 0x11), some(16, 0x22)});
}

TEST_CASE_FIXTURE(RandomMachine, "random device: an empty answer is asked for again, but not for ever") {
    REQUIRE(attached);
    REQUIRE(request(4));
    for (int i = 0; i < 10; ++i) answer(0, 0);
    answer(4, 0x33);
    CHECK(answers == Answers{some(4, 0x33)});

    REQUIRE(request(4));
    fake::log_lines().clear();
    int patience = 0;
    for (; answers.size() == 1 && patience < 100; ++patience) answer(0, 0);
    CHECK(patience == 16);
    CHECK(answers.back().empty());
    CHECK(fake::log_lines().size() == 1);
    CHECK(device.current_status == status::failed);
    CHECK(request(4).error() == Error::device_failed);
}

TEST_CASE_FIXTURE(RandomMachine, "random device: one that breaks the rules is reset and given up") {
    REQUIRE(attached);
    REQUIRE(request(4));
    REQUIRE(offered().size() == 1);
    fake::log_lines().clear();
    ring().put_used(offered()[0].head, 5); // More than there was room for.
    device.interrupt(true, false);
    device.interrupt(true, false);
    CHECK(answers == Answers{some(0, 0)});
    CHECK(fake::log_lines().size() == 1);
    CHECK(device.events.back() == "status 128");
    CHECK(request(4).error() == Error::device_failed);
}

TEST_CASE_FIXTURE(RandomMachine, "random device: one that needs a reset is given up") {
    REQUIRE(attached);
    device.current_status |= status::needs_reset;
    device.interrupt(false, true);
    CHECK(device.current_status == status::failed);
    CHECK(request(4).error() == Error::device_failed);
}

TEST_CASE("random device: one whose interrupt could not be had may interrupt all the same") {
    RandomMachine machine;
    static fake::Transport transport;
    transport.queue_sizes = {{0, 8}};
    transport.has_interrupt = false;
    CHECK(driver::virtio::attach_entropy(transport).error() == Error::not_found);
    CHECK(transport.current_status == status::failed);
    transport.events.clear();
    transport.interrupt(true, true);
    CHECK(transport.events.empty());
}

TEST_CASE("random device: without a queue, or with a full table, it is not taken") {
    RandomMachine machine;
    fake::Transport strange;
    CHECK(driver::virtio::attach_entropy(strange).error() == Error::not_found);
    static fake::Transport others[8]; // What leads to a driver stays, as the driver does.
    std::expected<void, Error> last;
    for (fake::Transport& other : others) {
        other.queue_sizes = {{0, 64}};
        last = driver::virtio::attach_entropy(other);
    }
    CHECK(last.error() == Error::out_of_memory);
    CHECK(others[7].current_status == status::failed);
}
