// Sources of entropy, as the kernel sees them.
#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string_view>

#include "kernel/abi/error.h"

namespace device {

/// Told of random bytes, once for each request; called from the device's interrupt, with interrupts masked.
/// They may be fewer than were asked for; none at all means that the device failed. They are valid during the
/// call only, which may make the next request.
struct EntropyReceiver {
    void (*receive)(void* context, std::span<const std::byte> bytes) = nullptr;
    void* context = nullptr;
};

class EntropySource {
public:
    virtual std::string_view name() const = 0; ///< "rng0"
    /// Asks for up to `bytes` random bytes; one request at a time. Interrupts must be masked.
    /// Error::would_block while one is under way, Error::invalid_argument for none, Error::device_failed.
    virtual std::expected<void, abi::Error> request(std::size_t bytes, EntropyReceiver receiver) = 0;

protected:
    ~EntropySource() = default;
};

std::expected<void, abi::Error> register_entropy_source(EntropySource& source);
EntropySource* entropy_source(std::size_t index);

} // namespace device
