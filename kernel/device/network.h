// Network devices, as the kernel sees them: whole Ethernet frames out and in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "kernel/abi/error.h"

namespace device {

using MacAddress = std::array<std::uint8_t, 6>;

struct NetStatistics {
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    std::uint64_t send_dropped = 0;    ///< No room in the device's queue, or it has failed.
    std::uint64_t receive_dropped = 0; ///< Malformed, or longer than a frame can be.
};

/// Called for each frame that arrives, from the device's interrupt, with interrupts masked; `frame` is valid
/// during the call only.
struct FrameReceiver {
    void (*receive)(void* context, std::span<const std::byte> frame) = nullptr;
    void* context = nullptr;
};

class NetDevice {
public:
    static constexpr std::size_t largest_frame = 1514; ///< Header and payload, without the checksum.

    virtual std::string_view name() const = 0; ///< "net0"
    virtual MacAddress mac() const = 0;
    virtual bool link_is_up() const = 0;
    virtual NetStatistics statistics() const = 0;
    virtual void set_receiver(FrameReceiver receiver) = 0;
    /// Sends a copy of `frame`; short ones are padded. Error::would_block when the queue is full,
    /// Error::invalid_argument for more than largest_frame or less than a header, Error::device_failed.
    virtual std::expected<void, abi::Error> send(std::span<const std::byte> frame) = 0;

protected:
    ~NetDevice() = default;
};

std::expected<void, abi::Error> register_net_device(NetDevice& device);
NetDevice* net_device(std::size_t index);

} // namespace device
