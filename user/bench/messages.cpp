// Pairs of processes: one calls and the other answers, or faults and is told how to go on.
#include "user/bench/messages.h"

#include <array>
#include <optional>
#include <span>

#include "user/lib/grants.h"
#include "user/lib/message.h"
#include "user/lib/process.h"

namespace bench {

using namespace trivium;

namespace {

constexpr std::uint64_t first_cpu = 1; // As an affinity: both sides share a CPU.
constexpr std::string_view endpoint_name = "bench-endpoint";
constexpr std::string_view results_name = "bench-results";
constexpr std::uint64_t faults = 2'000;

/// The other process, and an endpoint between the two.
class Partner {
public:
    static Result<Partner> start(std::string_view role) {
        Partner partner;
        for (Owned* endpoint : {&partner.endpoint_, &partner.results_}) {
            const auto made = call::create(abi::ObjectType::endpoint, 0);
            if (!made) return std::unexpected(made.error());
            *endpoint = Owned(*made);
        }
        if (const auto pinned = call::set_affinity(abi::self_process, first_cpu); !pinned)
            return std::unexpected(pinned.error());
        auto process = partner.spawn(role);
        if (!process) return std::unexpected(process.error());
        partner.process_ = std::move(*process);
        sleep_for(milliseconds(5)); // It has got as far as it goes by itself.
        return partner;
    }

    Partner(Partner&&) = default;

    ~Partner() {
        if (!process_) return;
        (void)process_->kill(0);
        (void)process_->wait();
        (void)call::set_affinity(abi::self_process, ~std::uint64_t{0});
    }

    Handle endpoint() const { return endpoint_.get(); }

    Handle results() const { return results_.get(); }

private:
    Partner() = default;

    Result<Process> spawn(std::string_view role) const {
        std::array<abi::Grant, GrantList::limit + 2> grants{};
        const auto usual = GrantList::usual();
        std::size_t count = 0;
        for (const abi::Grant& each : usual.view()) grants[count++] = each;
        grants[count++] = grant(endpoint_name, endpoint_.get(), right::all);
        grants[count++] = grant(results_name, results_.get(), right::all);
        const std::string_view arguments[] = {"bench", role};
        return Process::spawn("bench", {.arguments = arguments, .grants = std::span(grants).first(count)});
    }

    Owned endpoint_, results_;
    std::optional<Process> process_;
};

/// Calls so often, with an envelope or without.
template <class Call>
Result<Nanoseconds> call_often(std::uint64_t count, Call call_once) {
    for (int i = 0; i < 2; ++i) // The first ones bring pages into place.
        if (const auto answer = call_once(); !answer) return std::unexpected(answer.error());
    const Nanoseconds start = now();
    for (std::uint64_t i = 0; i < count; ++i) (void)call_once();
    return now() - start;
}

} // namespace

Result<Measured> ipc_round_trip() {
    constexpr std::uint64_t calls = 20'000;
    const auto partner = Partner::start(answerer_argument);
    if (!partner) return std::unexpected(partner.error());
    const Handle endpoint = partner->endpoint();
    const auto time = call_often(calls, [endpoint] { return call::call(endpoint, {1, 2, 3, 4}); });
    if (!time) return std::unexpected(time.error());
    return Measured{*time, calls};
}

/// The answerer closes what it gets, which is not part of it: closing is measured here, and taken off.
Result<Measured> capability_transfer() {
    constexpr std::uint64_t calls = 2'000;
    const auto partner = Partner::start(answerer_argument);
    if (!partner) return std::unexpected(partner.error());
    const Handle endpoint = partner->endpoint();
    Envelope envelope{.sent = {{{abi::standard_output, right::write, {}}}}};
    const auto without = call_often(calls, [&] { return call::call(endpoint, envelope, {}); });
    const auto with =
        call_often(calls, [&] { return call::call(endpoint, envelope, MessageInformation::of(0, 1)); });
    if (!without || !with) return std::unexpected(Error::unanswered);
    Nanoseconds closing{};
    for (std::uint64_t i = 0; i < calls; ++i) {
        const auto derived = call::derive(abi::standard_output, right::write);
        const Nanoseconds start = now();
        if (derived) (void)call::close(*derived);
        closing = closing + (now() - start);
    }
    return Measured{*with - *without - closing, calls};
}

Result<Measured> fault_round_trip() {
    const auto partner = Partner::start(faulter_argument);
    if (!partner) return std::unexpected(partner.error());
    auto fault = call::receive(partner->endpoint());
    for (std::uint64_t i = 0; fault && i < faults; ++i)
        fault =
            call::reply_receive(partner->endpoint(), {static_cast<std::uint64_t>(abi::FaultAction::skip_to),
                                                      fault->words[2] + machine::probe_size});
    if (!fault) return std::unexpected(fault.error());
    (void)call::reply(
        {static_cast<std::uint64_t>(abi::FaultAction::skip_to), fault->words[2] + machine::probe_size});
    const auto result = call::receive(partner->results());
    if (!result) return std::unexpected(result.error());
    return Measured{{result->words[0]}, faults};
}

Result<Measured> revoke_per_child() {
    constexpr std::uint64_t children = 150, rounds = 10;
    const auto root = call::create(abi::ObjectType::notification, 0);
    if (!root) return std::unexpected(root.error());
    Measured total;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        for (std::uint64_t i = 0; i < children; ++i)
            if (const auto derived = call::derive(*root, right::read); !derived)
                return std::unexpected(derived.error());
        const Nanoseconds start = now();
        if (const auto revoked = call::revoke(*root); !revoked) return std::unexpected(revoked.error());
        total.time = total.time + (now() - start);
        total.repetitions += children;
    }
    (void)call::destroy(*root);
    return total;
}

int be_answerer() {
    const auto endpoint = call::open(endpoint_name);
    if (!endpoint) return 1;
    Envelope envelope{.accepted = 1};
    auto received = call::receive(*endpoint, envelope);
    while (received) {
        if (received->information.capabilities() > 0) (void)call::close(envelope.received[0]);
        const bool is_plain = received->words[0] != 0; // The others say nothing in words.
        received = is_plain ? call::reply_receive(*endpoint, received->words)
                            : call::reply_receive(*endpoint, envelope, {});
    }
    return 1;
}

int be_faulter() {
    const auto endpoint = call::open(endpoint_name), results = call::open(results_name);
    if (!endpoint || !results || !call::set_fault_handler(abi::self_process, *endpoint)) return 1;
    machine::probe(0); // With this the handler is there.
    const Nanoseconds start = now();
    for (std::uint64_t i = 0; i < faults; ++i) machine::probe(0);
    return call::send(*results, {(now() - start).value}) ? 0 : 1;
}

} // namespace bench
