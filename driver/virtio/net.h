// The network card's driver: a queue of buffers for frames that come, and one of frames that go.
//
//     device ──frames──> receive queue ──interrupt──> receiver          the buffers then go back
//     send ──copy──> transmit queue ──> device                          the slots come back at the next send
#pragma once

#include "driver/virtio/device.h"
#include "driver/virtio/net_receive.h"
#include "driver/virtio/net_transmit.h"
#include "kernel/device/network.h"

namespace driver::virtio::network {

class Card final : public device::NetDevice {
public:
    explicit Card(Transport& transport) : device_(transport), receive_(device_), transmit_(device_) {}

    /// Makes the device work and known to the kernel. Once.
    Result bring_up();

    std::string_view name() const override { return name_; }

    device::MacAddress mac() const override { return mac_; }

    bool link_is_up() const override { return link_is_up_; }

    device::NetStatistics statistics() const override { return statistics_; }

    void set_receiver(device::FrameReceiver receiver) override { receiver_ = receiver; }

    Result send(std::span<const std::byte> frame) override;

private:
    static void on_interrupt(void* self, bool queues, bool configuration);
    device::MacAddress read_mac(std::uint8_t number) const;
    bool read_link() const;
    void note_change();
    void give_up(std::string_view why);
    base::Text<80> description() const;

    Device device_;
    ReceiveQueue receive_;
    TransmitQueue transmit_;
    base::Text<8> name_;
    device::MacAddress mac_{};
    device::FrameReceiver receiver_;
    device::NetStatistics statistics_;
    bool link_is_up_ = false;
    bool failed_ = false;
};

} // namespace driver::virtio::network
