// The virtio entropy device (virtio 1.2, 5.4): a buffer is offered, and comes back with random bytes in it.
//
//     ring page      descriptor | available ring | used ring      one entry each: one buffer at a time
//     buffer page    what the device writes
//
// Both pages are shared with the device, and only as long as nobody resets it. What it says is checked.
#pragma once

#include <cstdint>
#include <span>

#include "user/lib/memory.h"
#include "user/rng/registers.h"

namespace rng {

class EntropyDevice {
public:
    static constexpr std::size_t largest_offer = 256;

    /// Resets the device, whoever had it before, and sets it up (3.1.1). Error::unsupported: it is of another
    /// type, or lacks what this driver needs; others as of the calls.
    static Result<EntropyDevice> bring_up(Handle device);

    /// Offers room for so many bytes, from 1 to largest_offer. None may be offered already.
    Result<void> offer(std::size_t bytes);

    /// Finds out why it interrupts; then what has come, or nothing. Valid until the next offer; whoever has
    /// used it erases it. Error::corrupt: it broke the rules of its queue; Error::device_failed: it asks for
    /// a reset.
    Result<std::span<std::byte>> on_interrupt();

private:
    /// A page that both see.
    struct SharedPage {
        trivium::Memory memory; ///< With its last handle its mappings would go.
        trivium::Mapping here;
        std::uint64_t there = 0; ///< Its address, for the device.

        static Result<SharedPage> create(Handle device);
    };

    EntropyDevice(Handle device, SharedPage ring, SharedPage buffer)
        : registers_(device), ring_(std::move(ring)), buffer_(std::move(buffer)) {}

    void negotiate();
    void enable_queue();
    Result<std::span<std::byte>> take();

    template <class T>
    T& in_ring(std::uint64_t offset) const {
        return *reinterpret_cast<T*>(ring_.here.address() + offset);
    }

    Registers registers_;
    SharedPage ring_;
    SharedPage buffer_;
    std::uint16_t offered_ = 0; ///< How many buffers were ever offered, modulo 65,536,
    std::uint16_t taken_ = 0;   ///< and how many came back.
    std::uint32_t room_ = 0;    ///< In the one that is offered.
};

} // namespace rng
