// Requests and interrupts, one after the other.
#include "user/rng/service.h"

#include <algorithm>

namespace rng {

using namespace trivium;

static_assert(trivium::most_random_bytes <= EntropyDevice::largest_offer);

namespace {

Result<void> refuse(Error error) { return call::reply({static_cast<std::uint64_t>(error)}); }

/// The compiler must not see that nobody reads it any more.
void erase(std::span<std::byte> bytes) {
    for (std::byte& each : bytes) const_cast<volatile std::byte&>(each) = std::byte{0};
}

} // namespace

Result<void> Service::on_message(const Message& message) {
    if (message.information.has(MessageInformation::notification)) return on_interrupt();
    if (!message.information.has(MessageInformation::call)) return {};
    const auto answered = on_call(message.words[0]);
    return answered || answered.error() == Error::gone ? Result<void>() : answered;
}

Result<void> Service::on_call(std::uint64_t bytes) {
    if (bytes == 0 || bytes > gathered_.size()) return refuse(Error::invalid_argument);
    if (count_ == waiting_.size()) return refuse(Error::would_block);
    const auto reply = call::keep_reply();
    if (!reply) return std::unexpected(reply.error());
    waiting_[count_++] = {*reply, bytes};
    return count_ == 1 ? go_on() : Result<void>();
}

/// Asks the device for what the first request still lacks.
Result<void> Service::go_on() {
    return count_ == 0 ? Result<void>() : device_.offer(waiting_.front().bytes - gathered_count_);
}

Result<void> Service::on_interrupt() {
    const auto bytes = device_.on_interrupt();
    if (!bytes) return std::unexpected(bytes.error());
    if (const auto done = call::acknowledge(interrupt_); !done) return done;
    if (bytes->empty()) return {};
    std::ranges::copy(*bytes, gathered_.begin() + static_cast<std::ptrdiff_t>(gathered_count_));
    gathered_count_ += bytes->size();
    erase(*bytes);
    if (gathered_count_ == waiting_.front().bytes) answer_first();
    return go_on();
}

/// Whoever asked may have given up meanwhile: then nobody gets them.
void Service::answer_first() {
    Envelope envelope{.data = call::to_word(gathered_.data())};
    (void)call::reply(envelope, MessageInformation::of(gathered_count_, 0), waiting_.front().reply);
    erase(gathered_);
    gathered_count_ = 0;
    std::shift_left(waiting_.begin(), waiting_.end(), 1);
    --count_;
}

} // namespace rng
