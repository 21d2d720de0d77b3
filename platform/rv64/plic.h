// The platform-level interrupt controller (RISC-V PLIC specification 1.0.0).
//
// A *source* is an interrupt line, numbered from 1. A *context* is one privilege level of one hart: it has
// its own enable bits, threshold and claim register, while the priority of a source is the same for all.
#pragma once

#include <cstdint>
#include <expected>

#include "hal/boot.h"
#include "platform/shared/device_tree.h"
#include "platform/shared/mmio.h"

namespace platform {

class Plic {
public:
    constexpr Plic() = default;

    /// Describes the controller at `node`, as supervisor mode of `hart` sees it. The fault says what the node
    /// lacks.
    static std::expected<Plic, hal::DiscoveryFault> describe(const DeviceTree& tree, Node node,
                                                             const hal::Device& device, std::uint64_t hart);

    /// Closes every source, and lets those opened later reach this context.
    void reset() const;

    /// The pending source that is open, lowest number first, or 0. It stays quiet until complete().
    std::uint32_t claim() const;
    void complete(std::uint32_t source) const;

    void open(std::uint32_t source) const;
    void close(std::uint32_t source) const;

    /// Sources are 1 to this.
    std::uint32_t source_count() const { return source_count_; }

private:
    RegisterBlock registers_;
    std::uint32_t source_count_ = 0;
    std::uint32_t context_ = 0;
};

} // namespace platform
