// Entropy devices (virtio 1.2, 5.4): one queue, and each buffer that is offered to the device comes back with
// as many random bytes in it as the device had, which may be fewer than it has room for.
#include <algorithm>
#include <utility>

#include "driver/virtio/device.h"
#include "kernel/base/log.h"
#include "kernel/base/text.h"
#include "kernel/device/entropy.h"

namespace driver::virtio {
namespace {

constexpr std::uint16_t request_queue = 0;
constexpr std::uint16_t queue_size = 8; // One request at a time needs no more.
constexpr std::size_t largest_request = base::page_size;
/// So many times in a row a device may come back with nothing. It owes at least a byte each time (5.4.6.1).
constexpr unsigned empty_answer_limit = 16;

class EntropyDevice final : public device::EntropySource {
public:
    EntropyDevice(Device device, Queue queue, device::DmaMemory memory, unsigned index)
        : device_(device), queue_(std::move(queue)), memory_(std::move(memory)),
          name_(base::Text<12>::of("rng{}", index)) {}

    /// Makes the device work and known to the kernel. Once.
    std::expected<void, Error> start();

    std::string_view name() const override { return name_; }

    std::expected<void, Error> request(std::size_t bytes, device::EntropyReceiver receiver) override;

private:
    static void on_interrupt(void* context, bool queues, bool configuration);

    void offer();
    void serve();
    void answer(std::size_t bytes);
    void retry();
    void fail(std::string_view why);

    Device device_;
    Queue queue_;
    device::DmaMemory memory_; ///< What the device writes to.
    base::Text<12> name_;
    device::EntropyReceiver receiver_{}; ///< Of the request that is under way; null when there is none.
    std::size_t wanted_ = 0;
    unsigned empty_answers_ = 0;
    bool answering_ = false; ///< The receiver looks at memory_.
    bool failed_ = false;
};

std::expected<void, Error> EntropyDevice::start() {
    const auto started = device_.start({on_interrupt, this});
    failed_ = !started;
    if (!started) return started;
    const auto registered = device::register_entropy_source(*this);
    if (registered)
        device_.note("virtio-rng", name_);
    else
        fail("the table of entropy sources is full");
    return registered;
}

std::expected<void, Error> EntropyDevice::request(std::size_t bytes, device::EntropyReceiver receiver) {
    if (bytes == 0 || !receiver.receive) return std::unexpected(Error::invalid_argument);
    if (failed_) return std::unexpected(Error::device_failed);
    if (receiver_.receive) return std::unexpected(Error::would_block);
    receiver_ = receiver;
    wanted_ = std::min(bytes, largest_request);
    if (!answering_) offer();
    return {};
}

void EntropyDevice::offer() {
    const Buffer buffer{
        .address = memory_.physical(), .length = static_cast<std::uint32_t>(wanted_), .device_writes = true};
    base::check(queue_.add({&buffer, 1}, this).has_value(), "an empty queue has no room");
    if (queue_.publish()) device_.transport().notify(request_queue);
}

void EntropyDevice::on_interrupt(void* context, bool queues, bool configuration) {
    auto& self = *static_cast<EntropyDevice*>(context);
    if (self.failed_) return;
    if (configuration && self.device_.needs_reset()) return self.fail("it asks for a reset");
    if (queues) self.serve();
}

void EntropyDevice::serve() {
    while (!failed_) {
        const auto taken = queue_.take();
        if (!taken) return fail("it broke the rules of its queue");
        if (const auto& completion = *taken)
            answer(completion->written);
        else if (!queue_.enable_interrupts())
            return;
    }
}

/// Hands over what the device wrote, and erases it: seeds must not be found here later. The receiver may ask
/// for more at once, but the device must not write before that.
void EntropyDevice::answer(std::size_t bytes) {
    if (bytes == 0) return retry();
    empty_answers_ = 0;
    const auto random = memory_.bytes().first(bytes);
    answering_ = true;
    const auto receiver = std::exchange(receiver_, {});
    receiver.receive(receiver.context, random);
    std::ranges::fill(random, std::byte{0});
    answering_ = false;
    if (receiver_.receive) offer();
}

void EntropyDevice::retry() {
    if (++empty_answers_ == empty_answer_limit) return fail("it has no random bytes to give");
    offer();
}

void EntropyDevice::fail(std::string_view why) {
    failed_ = true;
    device_.fail(why);
    queue_.clear([](void*, void*) {}, nullptr);
    if (const auto receiver = std::exchange(receiver_, {}); receiver.receive)
        receiver.receive(receiver.context, {});
}

constinit unsigned device_count = 0;

} // namespace

std::expected<void, Error> attach_entropy(Transport& transport) {
    Device device(transport);
    if (const auto agreed = device.negotiate(0); !agreed) return agreed;
    auto queue = device.create_queue(request_queue, queue_size);
    if (!queue) return std::unexpected(queue.error());
    const auto give_up = [&device](Error error) {
        device.fail(abi::name(error));
        return std::unexpected(error);
    };
    auto memory = device::DmaMemory::allocate(largest_request);
    if (!memory) return give_up(memory.error());
    // Never freed, even if it cannot be started: the transport may know it by then.
    auto* const source = new EntropyDevice(device, std::move(*queue), std::move(*memory), device_count);
    if (!source) return give_up(Error::out_of_memory);
    ++device_count;
    return source->start();
}

} // namespace driver::virtio
