// Hands frames from card to stack and back, and keeps the stack's deadlines.
#include "kernel/monitor/network.h"

#include <optional>

#include "kernel/base/command_line.h"
#include "kernel/base/log.h"

namespace monitor {
namespace {

static_assert(std::same_as<device::MacAddress, net::MacAddress>);
static_assert(device::NetDevice::largest_frame == net::largest_frame);

constinit std::optional<Network> first_network;

bool send_frame(void* card, net::Bytes frame) {
    return static_cast<device::NetDevice*>(card)->send(frame).has_value();
}

/// Takes `dhcp`, or an address with its prefix and, behind a comma, the gateway.
void configure(Network& joined, std::string_view option) {
    if (option == "dhcp")
        return joined.with_stack([](net::Stack& stack, base::Nanoseconds now) { stack.start_dhcp(now); });
    const std::size_t comma = std::min(option.find(','), option.size());
    const auto configuration =
        net::parse_configuration(option.substr(0, comma), option.substr(std::min(comma + 1, option.size())));
    if (!configuration)
        return base::log("{}: ip={} makes no sense; ip=dhcp would, or ip=10.0.2.15/24,10.0.2.2",
                         joined.device().name(), option);
    joined.with_stack([&](net::Stack& stack, base::Nanoseconds) { stack.configure(*configuration); });
}

} // namespace

Network::Network(device::NetDevice& device)
    : device_(device), stack_(device.mac(), {send_frame, &device}),
      timer_(
          [](void* self) {
              static_cast<Network*>(self)->with_stack(
                  [](net::Stack& stack, base::Nanoseconds now) { stack.tick(now); });
          },
          this) {
    device.set_receiver(
        {[](void* self, std::span<const std::byte> frame) {
             static_cast<Network*>(self)->with_stack(
                 [&](net::Stack& stack, base::Nanoseconds now) { stack.receive(frame, now); });
         },
         this});
}

void Network::settle() {
    keep_deadline();
    note_address();
}

void Network::keep_deadline() {
    const auto deadline = stack_.deadline();
    if (!deadline)
        schedule::cancel_timer(timer_);
    else if (!timer_.is_queued() || timer_.deadline() != *deadline)
        schedule::start_timer(timer_, *deadline);
}

/// An address may come and go by itself, with DHCP: that is worth a line.
void Network::note_address() {
    if (stack_.configuration() == noted_) return;
    noted_ = stack_.configuration();
    base::log("{}: {}", device_.name(), to_text(noted_));
}

void network_initialize(const hal::BootInfo& boot_info) {
    const auto option = base::find_option(boot_info.command_line, "ip");
    device::NetDevice* const card = device::net_device(0);
    if (card) first_network.emplace(*card);
    if (card && option) configure(*first_network, *option);
    if (!card && option) base::log("network: ip={} is for nothing: there is no network card", *option);
}

Network* network() { return first_network ? &*first_network : nullptr; }

base::Text<60> to_text(const net::Ipv4Configuration& configuration) {
    if (!configuration.is_set()) return "no address";
    auto text = base::Text<60>::of("{}/{}", net::to_text(configuration.address), configuration.prefix);
    if (configuration.gateway.is_set())
        base::format(text.sink(), ", gateway {}", net::to_text(configuration.gateway));
    return text;
}

} // namespace monitor
