// Brings a network card up, and joins its queues to the kernel's view of it.
#include "driver/virtio/net.h"

#include "driver/virtio/net_format.h"
#include "kernel/base/log.h"

namespace driver::virtio {
namespace network {
namespace {

std::uint8_t known_devices() {
    std::uint8_t count = 0;
    while (device::net_device(count)) ++count;
    return count;
}

} // namespace

Result Card::bring_up() {
    const std::uint8_t number = known_devices();
    name_ = base::Text<8>::of("net{}", number);
    if (const auto agreed = device_.negotiate(feature::mac | feature::mergeable_buffers | feature::status);
        !agreed)
        return agreed;
    mac_ = read_mac(number);
    if (const auto ready = receive_.bring_up(); !ready) return ready;
    if (const auto ready = transmit_.bring_up(); !ready) return ready;
    if (const auto known = device::register_net_device(*this); !known) return known;
    if (const auto started = device_.start({on_interrupt, this}); !started) {
        failed_ = true;
        return started;
    }
    receive_.start();
    link_is_up_ = read_link();
    device_.note("virtio-net", description());
    return {};
}

/// A card without an address of its own gets one of those that are for local use.
device::MacAddress Card::read_mac(std::uint8_t number) const {
    if (!device_.has(feature::mac)) return {0x02, 0, 0, 0, 0, number};
    device::MacAddress mac;
    for (std::uint32_t i = 0; i < mac.size(); ++i)
        mac[i] = device_.configuration<std::uint8_t>(configuration::mac + i);
    return mac;
}

/// A card that does not tell is taken to be connected (5.1.4.2).
bool Card::read_link() const {
    return !device_.has(feature::status) ||
           (device_.configuration<std::uint16_t>(configuration::status) & configuration::link_up) != 0;
}

base::Text<80> Card::description() const {
    auto text = base::Text<80>::of("{}: ", name_);
    for (std::size_t i = 0; i < mac_.size(); ++i)
        base::format(text.sink(), "{}{:02x}", i ? ":" : "", mac_[i]);
    base::format(text.sink(), ", link {}", link_is_up_ ? "up" : "down");
    if (device_.has(feature::mergeable_buffers)) text.append(", mergeable buffers");
    return text;
}

Result Card::send(std::span<const std::byte> frame) {
    if (frame.size() < smallest_header || frame.size() > largest_frame)
        return std::unexpected(Error::invalid_argument);
    const auto sent = failed_ ? std::unexpected(Error::device_failed) : transmit_.send(frame);
    ++(sent ? statistics_.sent : statistics_.send_dropped);
    if (sent || sent.error() == Error::would_block) return sent;
    give_up("its transmit queue is corrupt");
    return std::unexpected(Error::device_failed);
}

void Card::on_interrupt(void* self, bool queues, bool configuration) {
    auto& card = *static_cast<Card*>(self);
    if (configuration && !card.failed_) card.note_change();
    if (!queues || card.failed_) return;
    if (const auto served = card.receive_.serve(card.receiver_, card.statistics_); !served)
        card.give_up(served.error());
}

void Card::note_change() {
    if (device_.needs_reset()) return give_up("it says that it needs a reset");
    const bool is_up = read_link();
    if (is_up == link_is_up_) return;
    link_is_up_ = is_up;
    base::log("{}: link is {}", name_, is_up ? "up" : "down");
}

/// The queues are not cleared: after the reset the device no longer reaches them, and nobody asks them again.
void Card::give_up(std::string_view why) {
    if (failed_) return;
    failed_ = true;
    link_is_up_ = false;
    device_.fail(why);
}

} // namespace network

std::expected<void, Error> attach_net(Transport& transport) {
    // Never freed, even if it cannot be brought up: the transport may know it by then.
    auto* const card = new network::Card(transport);
    if (!card) return std::unexpected(Error::out_of_memory);
    return card->bring_up();
}

} // namespace driver::virtio
