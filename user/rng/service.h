// The rng service: requests that come as calls, bytes that come from the device, and which of them wait for
// which.
//
//     call ──> reply kept, in line ──> the first one's bytes are asked of the device ──interrupt──> … ──>
//     reply
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "user/lib/message.h"
#include "user/lib/random.h"
#include "user/rng/entropy_device.h"

namespace rng {

class Service {
public:
    Service(EntropyDevice device, Handle interrupt) : device_(std::move(device)), interrupt_(interrupt) {}

    /// Something was received. An error is one that the service does not get over.
    Result<void> on_message(const trivium::Message& message);

private:
    static constexpr std::size_t most_waiting = 16;

    struct Request {
        std::uint64_t reply = 0;
        std::size_t bytes = 0;
    };

    Result<void> on_interrupt();
    Result<void> on_call(std::uint64_t bytes);
    Result<void> go_on();
    void answer_first();

    EntropyDevice device_;
    Handle interrupt_;
    std::array<Request, most_waiting> waiting_{}; ///< In the order in which they came.
    std::size_t count_ = 0;
    std::array<std::byte, trivium::most_random_bytes> gathered_{}; ///< For the first of them.
    std::size_t gathered_count_ = 0;
};

} // namespace rng
