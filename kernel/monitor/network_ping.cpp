// Echo requests with a payload that is compared when it comes back.
#include "kernel/monitor/network_ping.h"

#include <algorithm>
#include <array>

#include "kernel/monitor/wait.h"

namespace monitor {
namespace {

constexpr base::Nanoseconds patience = base::seconds(1);
constexpr std::uint16_t our_identifier = 0x7472; // "tr"

class Ping {
public:
    Ping(Network& network, const PingOptions& options) : network_(network), options_(options) {
        for (std::size_t i = 0; i < payload_.size(); ++i) payload_[i] = static_cast<std::byte>(i);
        network_.set_echo_listener({on_reply, this});
    }

    Ping(const Ping&) = delete;
    Ping& operator=(const Ping&) = delete;

    ~Ping() { network_.set_echo_listener({}); }

    /// False when there is no point in going on.
    bool exchange(std::uint64_t number, base::Sink sink) {
        sequence_ = static_cast<std::uint16_t>(number);
        replied_ = false;
        sent_at_ = hal::now();
        const auto sent = network_.with_stack([&](net::Stack& stack, base::Nanoseconds now) {
            return stack.send_echo_request(options_.address, {our_identifier, sequence_}, payload(), now);
        });
        if (!sent) {
            base::format(sink, "net ping: {}\n", describe(sent.error()));
            return false;
        }
        ++sent_count_;
        const auto waited = wait_for([this] { return replied_; }, sent_at_ + patience);
        report(number, waited, sink);
        return waited != Waited::until_interrupted;
    }

    void summarise(base::Sink sink) const {
        base::format(sink, "{} sent, {} received\n", sent_count_, received_count_);
    }

private:
    net::Bytes payload() const { return net::Bytes(payload_).first(options_.size); }

    static std::string_view describe(abi::Error error) {
        if (error == abi::Error::not_found)
            return "no way leads there: it takes an address, for other networks a gateway, and another host";
        return abi::name(error);
    }

    static void on_reply(void* self, net::Ipv4Address from, const net::EchoMessage& reply) {
        auto& ping = *static_cast<Ping*>(self);
        if (from != ping.options_.address || reply.id != net::EchoId{our_identifier, ping.sequence_}) return;
        if (ping.replied_) return; // Twice the same.
        ping.round_trip_ = hal::now() - ping.sent_at_;
        ping.intact_ = std::ranges::equal(reply.payload, ping.payload());
        ping.replied_ = true;
    }

    void report(std::uint64_t number, Waited waited, base::Sink sink) {
        if (waited == Waited::until_interrupted) return base::format(sink, "^C\n");
        if (waited == Waited::until_deadline)
            return base::format(sink, "{}: no reply within a second\n", number);
        if (intact_) ++received_count_;
        const std::uint64_t microseconds = round_trip_.value / 1'000;
        base::format(sink, "{}: {} bytes from {}{} in {}.{:03} ms\n", number, options_.size,
                     net::to_text(options_.address), intact_ ? "" : ", damaged,", microseconds / 1'000,
                     microseconds % 1'000);
    }

    Network& network_;
    const PingOptions& options_;
    std::array<std::byte, net::Stack::largest_echo> payload_{};
    std::uint16_t sequence_ = 0;
    base::Nanoseconds sent_at_{};
    base::Nanoseconds round_trip_{};
    bool replied_ = false;
    bool intact_ = false;
    std::uint64_t sent_count_ = 0;
    std::uint64_t received_count_ = 0;
};

} // namespace

void run_ping(const Context& context, Network& network, const PingOptions& options) {
    Ping ping(network, options);
    for (std::uint64_t number = 1; number <= options.count; ++number)
        if (!ping.exchange(number, context.out)) break;
    ping.summarise(context.out);
}

} // namespace monitor
