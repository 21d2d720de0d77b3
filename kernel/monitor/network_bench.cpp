// Measures how long the kernel is busy with frames. It waits in a loop of its own, so that it can tell
// waiting from work.
#include "kernel/monitor/network_bench.h"

#include <array>

#include "hal/cpu.h"
#include "kernel/device/console_input.h"
#include "kernel/device/interrupts.h"

namespace monitor {
namespace {

constexpr std::size_t payload_size = 64 - 42; // Behind the headers of Ethernet, IPv4 and ICMP.
constexpr base::Nanoseconds patience = base::seconds(1);
constexpr unsigned frames_per_exchange = 2;

class Bench {
public:
    explicit Bench(Network& network) : network_(network) {
        network_.set_echo_listener({[](void* self, net::Ipv4Address, const net::EchoMessage&) {
                                        ++static_cast<Bench*>(self)->replies_;
                                    },
                                    this});
    }

    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    ~Bench() { network_.set_echo_listener({}); }

    base::Nanoseconds busy() const { return busy_; }

    void forget() { busy_ = {}; }

    /// Sends a request and serves interrupts until its reply has come. Why it does not; empty when it does.
    std::string_view exchange(std::uint16_t sequence) {
        const std::uint64_t before = replies_;
        base::Nanoseconds start = hal::now();
        const base::Nanoseconds deadline = start + patience;
        if (const auto sent = send(sequence); !sent) return describe(sent.error());
        schedule::Timer timer([](void*) {}, nullptr); // Or the reply might be waited for for ever.
        schedule::start_timer(timer, deadline);
        busy_ = busy_ + (hal::now() - start);
        while (replies_ == before && hal::now() < deadline) {
            hal::CurrentCpu::idle();
            start = hal::now();
            device::dispatch_interrupts();
            busy_ = busy_ + (hal::now() - start);
        }
        schedule::cancel_timer(timer);
        if (device::was_interrupted()) return "interrupted";
        return replies_ != before ? "" : "the gateway does not answer";
    }

private:
    net::Stack::Sent send(std::uint16_t sequence) {
        static constexpr std::array<std::byte, payload_size> payload{};
        return network_.with_stack([&](net::Stack& stack, base::Nanoseconds now) {
            return stack.send_echo_request(stack.configuration().gateway, {0, sequence}, payload, now);
        });
    }

    static std::string_view describe(abi::Error error) {
        if (error == abi::Error::not_found) return "there is no gateway; ip=10.0.2.15/24,10.0.2.2 names one";
        return abi::name(error);
    }

    Network& network_;
    std::uint64_t replies_ = 0;
    base::Nanoseconds busy_{};
};

} // namespace

void run_network_bench(const Context& context, Network& network, std::uint64_t count) {
    Bench bench(network);
    for (std::uint64_t i = 0; i <= count; ++i) {
        if (const auto failure = bench.exchange(static_cast<std::uint16_t>(i)); !failure.empty())
            return base::format(context.out, "bench net_frame: not measured: exchange {}: {}\n", i, failure);
        if (i == 0) bench.forget(); // The first one asked for the gateway's card besides.
    }
    base::format(context.out, "bench net_frame {} instructions\n",
                 bench.busy().value / (count * frames_per_exchange));
}

} // namespace monitor
