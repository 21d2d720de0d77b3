// Devices that programs may drive. The kernel keeps to itself where registers lie, what else is there, and
// the interrupt controller; a program has the device's registers one by one, and is told of its interrupts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

#include "kernel/abi/error.h"

namespace device {

class OfferedDevice {
public:
    /// Told, with interrupts masked, that the device interrupts.
    struct Listener {
        void (*on_interrupt)(void* context) = nullptr;
        void* context = nullptr;
    };

    virtual std::string_view name() const = 0; ///< "rng"

    /// The registers of abi::virtio::Register, by 4 bytes; the configuration by 1, 2 or 4.
    /// Error::invalid_argument where there is none of that width, or it takes no such value; others are the
    /// device's.
    virtual std::expected<std::uint32_t, abi::Error> read(std::uint64_t offset, std::uint64_t bytes) = 0;
    virtual std::expected<void, abi::Error> write(std::uint64_t offset, std::uint64_t bytes,
                                                  std::uint32_t value) = 0;

    /// Afterwards the device does nothing, and leaves memory alone. Error::timed_out when it does not come
    /// back.
    virtual std::expected<void, abi::Error> reset() = 0;

    /// From now on `listener` is told; an interrupt that it was told of is held back until acknowledge(), as
    /// far as it can be held. Errors as of device::attach_held.
    virtual std::expected<void, abi::Error> listen(Listener listener) = 0;
    /// The interrupt may come again. On any CPU; harmless when none is held back.
    virtual void acknowledge() = 0;
    /// Nobody is told any more.
    virtual void ignore() = 0;

protected:
    ~OfferedDevice() = default;
};

/// Makes a device known as one for programs; it must last for ever. Error::out_of_memory when the table is
/// full.
std::expected<void, abi::Error> offer(OfferedDevice& device);
/// The `index`-th of them, or null.
OfferedDevice* offered_device(std::size_t index);

} // namespace device
