// What `net` can do, but for what takes longer.
#include "kernel/monitor/network_command.h"

#include <array>

#include "kernel/monitor/network.h"
#include "kernel/monitor/network_bench.h"
#include "kernel/monitor/network_ping.h"
#include "kernel/monitor/wait.h"

namespace monitor {
namespace {

constexpr base::Nanoseconds dhcp_patience = base::seconds(20);

void send(const Context& context, Network& network, Arguments& arguments) {
    const std::string_view text = arguments.rest();
    if (text.empty()) return base::format(context.out, "net send: which text?\n");
    const auto sent = network.with_stack([&](net::Stack& stack, base::Nanoseconds) {
        return stack.send_to_all(net::ether_type::experiment, std::as_bytes(std::span(text)));
    });
    if (sent)
        base::format(context.out, "sent {} bytes to all, type {:#x}\n", text.size(),
                     net::ether_type::experiment);
    else
        base::format(context.out, "net send: {}\n", sent.error());
}

void ping(const Context& context, Network& network, Arguments& arguments) {
    const auto address = net::parse_address(arguments.word());
    const auto count = arguments.empty() ? 4 : arguments.number();
    const auto size = arguments.empty() ? 56 : arguments.number();
    if (!address || !count || *count == 0 || !size || *size > net::Stack::largest_echo)
        return base::format(context.out,
                            "net ping: which address (10.0.2.2), how often, how many bytes (0 to {})?\n",
                            net::Stack::largest_echo);
    run_ping(context, network, {*address, *count, *size});
}

void print_drops(const net::Counters& counters, base::Sink sink) {
    base::format(sink, "  dropped:");
    bool any = false;
    for (std::size_t i = 0; i < net::drop_reasons; ++i) {
        const auto reason = static_cast<net::Drop>(i);
        if (counters[reason] == 0) continue;
        base::format(sink, "{} {} {}", any ? "," : "", counters[reason], net::name(reason));
        any = true;
    }
    base::format(sink, "{}\n", any ? "" : " nothing");
}

void print_lease(const net::DhcpClient& dhcp, base::Sink sink) {
    if (dhcp.state() == net::DhcpClient::State::stopped) return;
    base::format(sink, "  DHCP: {}", net::name(dhcp.state()));
    if (dhcp.lease().is_set())
        base::format(sink, ", for {} s from {}", dhcp.lease_seconds(), net::to_text(dhcp.server()));
    base::format(sink, "\n");
}

void print_neighbours(const net::ArpCache& cache, base::Sink sink) {
    const base::Nanoseconds now = hal::now();
    for (const net::ArpCache::Entry& entry : cache.entries())
        if (entry.is_valid(now))
            base::format(sink, "  {} is at {}, heard {} s ago\n", net::to_text(entry.address),
                         net::to_text(entry.mac), (now - entry.heard).value / base::nanoseconds_per_second);
}

void stat(const Context& context, Network& network, Arguments&) {
    const device::NetStatistics card = network.device().statistics();
    const net::Counters& counters = network.stack().counters();
    base::format(context.out, "{}: {}, link {}\n  {}\n", network.device().name(),
                 net::to_text(network.stack().mac()), network.device().link_is_up() ? "up" : "down",
                 to_text(network.stack().configuration()));
    print_lease(network.stack().dhcp(), context.out);
    base::format(context.out, "  card: {} sent, {} received; {} not sent, {} not used\n", card.sent,
                 card.received, card.send_dropped, card.receive_dropped);
    base::format(context.out, "  answered: {} ARP, {} echo, {} UDP echo; {} echo replies came\n",
                 counters.arp_answered, counters.echo_answered, counters.udp_echoed, counters.echo_replies);
    print_drops(counters, context.out);
    print_neighbours(network.stack().arp_cache(), context.out);
}

void dhcp(const Context& context, Network& network, Arguments&) {
    network.with_stack([](net::Stack& stack, base::Nanoseconds now) { stack.start_dhcp(now); });
    const auto waited =
        wait_for([&] { return network.stack().configuration().is_set(); }, hal::now() + dhcp_patience);
    if (waited == Waited::until_condition)
        base::format(context.out, "{}, for {} s\n", to_text(network.stack().configuration()),
                     network.stack().dhcp().lease_seconds());
    else
        base::format(context.out, "{}net dhcp: no answer yet; it is asked for further on\n",
                     waited == Waited::until_interrupted ? "^C\n" : "");
}

void address(const Context& context, Network& network, Arguments& arguments) {
    const std::string_view address = arguments.word();
    const auto configuration = net::parse_configuration(address, arguments.word());
    if (!configuration)
        return base::format(context.out,
                            "net address: which (10.0.2.15/24), and which gateway in the same network?\n");
    network.with_stack([&](net::Stack& stack, base::Nanoseconds) { stack.configure(*configuration); });
}

void bench(const Context& context, Network& network, Arguments& arguments) {
    const auto count = arguments.empty() ? 10'000 : arguments.number();
    if (!count || *count == 0) return base::format(context.out, "net bench: how many exchanges?\n");
    run_network_bench(context, network, *count);
}

struct Action {
    std::string_view name;
    std::string_view usage;
    std::string_view help;
    void (*run)(const Context& context, Network& network, Arguments& arguments);
};

constexpr std::array actions{
    Action{"stat", "", "addresses, what came and went, and what was dropped for which reason", stat},
    Action{"send", "TEXT", "a frame to all, of the type for experiments", send},
    Action{"ping", "IP [N [SIZE]]", "N echo requests, one after the other (Ctrl-C ends them)", ping},
    Action{"dhcp", "", "asks for an address", dhcp},
    Action{"address", "IP/PREFIX [GATEWAY]", "sets the address", address},
    Action{"bench", "[N]", "what N echo exchanges with the gateway cost", bench},
};

} // namespace

void run_net(const Context& context, Arguments arguments) {
    const std::string_view name = arguments.word();
    for (const Action& action : actions)
        if (action.name == name) {
            if (Network* const joined = network()) return action.run(context, *joined, arguments);
            return base::format(context.out, "net: there is no network card\n");
        }
    if (!name.empty()) base::format(context.out, "net: it cannot '{}', but\n", name);
    for (const Action& action : actions)
        base::format(context.out, "  net {:<30}{}\n", base::Text<40>::of("{} {}", action.name, action.usage),
                     action.help);
}

} // namespace monitor
