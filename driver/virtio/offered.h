// A virtio device that a program drives, through the registers of virtio over memory-mapped registers:
// whichever transport leads to it.
//
//     program ──read, write (offset, width)──> OfferedTransport ──Transport──> mmio, or PCI
//
// No page of registers is mapped into a program: eight mmio devices may share one, and on PCI the table of
// message interrupts lies beside them. A call for each access is what that costs.
#pragma once

#include <array>

#include "driver/virtio/transport.h"
#include "kernel/base/text.h"

namespace driver::virtio {

class OfferedTransport final : public device::OfferedDevice {
public:
    OfferedTransport(Transport& transport, std::string_view name) : transport_(transport), name_(name) {}

    std::string_view name() const override { return name_; }

    std::expected<std::uint32_t, Error> read(std::uint64_t offset, std::uint64_t bytes) override;
    std::expected<void, Error> write(std::uint64_t offset, std::uint64_t bytes, std::uint32_t value) override;
    std::expected<void, Error> reset() override;

    std::expected<void, Error> listen(Listener listener) override;

    void acknowledge() override { transport_.complete_interrupt(); }

    void ignore() override { transport_.stop_listening(); }

private:
    static constexpr std::uint32_t most_queues = 8; ///< No transport of ours has more.

    struct QueueState {
        QueueLayout layout;
        bool is_ready = false;
    };

    std::expected<void, Error> write_register(abi::virtio::Register which, std::uint32_t value);
    std::expected<void, Error> write_queue(QueueState& queue, abi::virtio::Register which,
                                           std::uint32_t value);
    std::expected<void, Error> enable(QueueState& queue);
    std::expected<void, Error> notify(std::uint32_t queue);
    std::expected<void, Error> set_status(std::uint32_t value);
    QueueState* selected();

    Transport& transport_;
    base::Text<16> name_;
    std::uint32_t device_features_select_ = 0;
    std::uint32_t driver_features_select_ = 0;
    std::array<std::uint32_t, 2> driver_features_{};
    std::uint32_t queue_select_ = 0;
    std::array<QueueState, most_queues> queues_{};
    std::uint32_t reasons_ = 0; ///< interrupt_status: bits stay until they are acknowledged.
};

/// Gives the device behind a transport to programs, under that name, and notes it; `driver` is what drives
/// such devices in the kernel ("virtio-rng"). Error::out_of_memory, or of a device that cannot be reset.
std::expected<void, Error> offer(Transport& transport, std::string_view driver, std::string_view name);

} // namespace driver::virtio
