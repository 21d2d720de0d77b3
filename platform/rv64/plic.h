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

    /// Describes the controller at `node`. The fault says what the node lacks.
    static std::expected<Plic, hal::DiscoveryFault> describe(const DeviceTree& tree, Node node,
                                                             const hal::Device& device);

    /// The context that is supervisor mode of `hart`, by the same node. The fault says why there is none.
    std::expected<std::uint32_t, hal::DiscoveryFault> context_of(const DeviceTree& tree, Node node,
                                                                 std::uint64_t hart) const;

    /// Closes every source.
    void reset() const;

    /// Forgets what firmware has enabled for this context.
    void reset_context(std::uint32_t context) const;

    /// The pending source that is open for this context, lowest number first, or 0. It stays quiet until
    /// complete() for the same context, by whichever hart.
    std::uint32_t claim(std::uint32_t context) const;
    void complete(std::uint32_t context, std::uint32_t source) const;

    /// A source that is open for several contexts interrupts all of them, and one wins the claim.
    void open(std::uint32_t context, std::uint32_t source) const;
    /// For all contexts.
    void close(std::uint32_t source) const;

    /// Sources are 1 to this.
    std::uint32_t source_count() const { return source_count_; }

private:
    RegisterBlock registers_;
    std::uint64_t size_ = 0;
    std::uint32_t source_count_ = 0;
};

} // namespace platform
