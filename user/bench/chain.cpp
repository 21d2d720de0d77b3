// Links, and what each does when it is reached.
#include "user/bench/chain.h"

#include <array>
#include <atomic>
#include <span>

#include "kernel/base/text.h"
#include "user/lib/grants.h"
#include "user/lib/message.h"
#include "user/lib/process.h"
#include "user/lib/thread.h"

namespace bench {

using namespace trivium;

namespace {

constexpr std::size_t length = 14; ///< Of the chain, below link 0: a priority for each, for signals.
constexpr std::uint64_t rounds = 200;
constexpr std::uint64_t first_cpu = 1; // As an affinity.
constexpr std::size_t slow_bytes = 80;

enum class Way { call, slow, signal };

constexpr std::array<std::string_view, 3> names{"call", "slow", "signal"};

/// What all links know: objects to send to, one for each link below the first, and when the last was reached.
struct Chain {
    Way way{};
    std::array<Handle, length + 1> objects{};
    std::uint64_t last_reached = 0;
};

struct Link {
    Chain* chain = nullptr;
    std::size_t number = 0;
};

/// What a link says: in registers, or for the slow way in an envelope.
Result<Message> call_next(const Chain& chain, std::size_t number) {
    if (chain.way == Way::call) return call::call(chain.objects[number + 1], MessageWords{1, 2, 3, 4});
    std::array<std::byte, slow_bytes> bytes{};
    Envelope envelope{.data = reinterpret_cast<std::uint64_t>(bytes.data())};
    return call::call(chain.objects[number + 1], envelope, MessageInformation::of(slow_bytes, 0));
}

/// Answers with when the last link was reached, which only it knows.
std::int64_t serve(Link& link) {
    Chain& chain = *link.chain;
    std::array<std::byte, slow_bytes> room{};
    Envelope envelope{.room = reinterpret_cast<std::uint64_t>(room.data()), .room_size = slow_bytes};
    const Handle from = chain.objects[link.number];
    const bool is_slow = chain.way == Way::slow;
    auto received = is_slow ? call::receive(from, envelope) : call::receive(from);
    while (received) {
        std::uint64_t reached = 0;
        if (link.number == length)
            reached = now().value;
        else if (const auto answer = call_next(chain, link.number))
            reached = answer->words[0];
        envelope.words[0] = reached;
        received = is_slow ? call::reply_receive(from, envelope, {}) : call::reply_receive(from, {reached});
    }
    return 0;
}

/// Waits for its signal and hands it on; the last one tells link 0's process when, through the endpoint in
/// place 0.
std::int64_t pass_on(Link& link) {
    const Chain& chain = *link.chain;
    for (;;) {
        if (!call::wait(chain.objects[link.number])) return 1;
        if (link.number < length)
            (void)call::signal(chain.objects[link.number + 1]);
        else
            (void)call::send(chain.objects[0], {now().value});
    }
}

std::int64_t run_link(void* argument) {
    Link& link = *static_cast<Link*>(argument);
    return link.chain->way == Way::signal ? pass_on(link) : serve(link);
}

base::Text<abi::name_length> object_name(std::size_t number) {
    return base::Text<abi::name_length>::of("link-{}", number);
}

/// The links of one process; each is as urgent as it is far down.
class Links {
public:
    explicit Links(Chain& chain) : chain_(chain) {}

    Result<void> start(std::size_t first) {
        for (std::size_t number = first; number <= length; number += 2) {
            links_[number] = {&chain_, number};
            const auto priority = static_cast<std::uint8_t>(abi::default_priority - length + number);
            auto thread = Thread::start(run_link, &links_[number], priority);
            if (!thread) return std::unexpected(thread.error());
            threads_[number] = std::move(*thread);
        }
        return {};
    }

private:
    Chain& chain_;
    std::array<Link, length + 1> links_{};
    std::array<Thread, length + 1> threads_{};
};

/// One time down the chain and up again: when it began, was at its end, and was back.
struct Trip {
    std::uint64_t start = 0, down = 0, back = 0;
};

Result<Trip> travel(const Chain& chain) {
    Trip trip{.start = now().value};
    if (chain.way == Way::signal) {
        (void)call::signal(chain.objects[1]);
        const auto told = call::receive(chain.objects[0]);
        if (!told) return std::unexpected(told.error());
        trip.down = told->words[0];
        return trip;
    }
    const auto answer = call_next(chain, 0);
    if (!answer) return std::unexpected(answer.error());
    trip.down = answer->words[0];
    trip.back = now().value;
    return trip;
}

Result<Process> start_other(const Chain& chain) {
    std::array<abi::Grant, length + 9> grants{};
    const auto usual = GrantList::usual();
    std::size_t count = 0;
    for (const abi::Grant& each : usual.view()) grants[count++] = each;
    for (std::size_t i = 0; i <= length; ++i)
        grants[count++] = grant(object_name(i).view(), chain.objects[i], right::all);
    const std::string_view arguments[] = {"bench", chain_argument,
                                          names[static_cast<std::size_t>(chain.way)]};
    return Process::spawn("bench", {.arguments = arguments, .grants = std::span(grants).first(count)});
}

/// All of them once, with the clock's own cost taken off.
Result<Measured> measure(Chain& chain, std::uint64_t (*part)(const Trip&)) {
    const std::uint64_t before = now().value, clock = now().value - before;
    Measured measured{};
    for (std::uint64_t round = 0; round <= rounds; ++round) {
        sleep_for(milliseconds(1)); // All wait where they should.
        const auto trip = travel(chain);
        if (!trip) return std::unexpected(trip.error());
        if (round == 0) continue; // The first brings pages, and FP, into place.
        measured.time.value += part(*trip) - clock;
        measured.repetitions += length;
    }
    return measured;
}

Result<Measured> run(Way way, std::uint64_t (*part)(const Trip&)) {
    Chain chain{.way = way};
    for (std::size_t i = 0; i <= length; ++i) {
        const bool is_signal = way == Way::signal && i > 0;
        const auto made =
            call::create(is_signal ? abi::ObjectType::notification : abi::ObjectType::endpoint, 0);
        if (!made) return std::unexpected(made.error());
        chain.objects[i] = *made;
    }
    if (const auto pinned = call::set_affinity(abi::self_process, first_cpu); !pinned)
        return std::unexpected(pinned.error());
    const auto other = start_other(chain);
    if (!other) return std::unexpected(other.error());
    (void)call::set_affinity(other->handle(), first_cpu);
    sleep_for(milliseconds(5)); // Its links wait.
    Links links(chain);
    if (const auto started = links.start(2); !started) return std::unexpected(started.error());
    const auto measured = measure(chain, part);
    (void)other->kill(0);
    (void)other->wait();
    for (const Handle object : chain.objects) (void)call::destroy(object);
    (void)call::set_affinity(abi::self_process, ~std::uint64_t{0});
    return measured;
}

std::uint64_t way_down(const Trip& trip) { return trip.down - trip.start; }

std::uint64_t way_up(const Trip& trip) { return trip.back - trip.down; }

} // namespace

Result<Measured> ipc_call() { return run(Way::call, way_down); }

Result<Measured> ipc_slow() { return run(Way::slow, way_down); }

Result<Measured> ipc_reply_receive() { return run(Way::call, way_up); }

Result<Measured> signal_wake() { return run(Way::signal, way_down); }

int be_chain(std::string_view which) {
    Chain chain;
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == which) chain.way = static_cast<Way>(i);
    for (std::size_t i = 0; i <= length; ++i) {
        const auto object = call::open(object_name(i).view());
        if (!object) return 1;
        chain.objects[i] = *object;
    }
    Links links(chain);
    if (!links.start(1)) return 1;
    for (;;) sleep_for(milliseconds(1000));
}

} // namespace bench
