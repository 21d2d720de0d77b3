// A client: threads that ask in every way that there is, and note what becomes of it.
#include <algorithm>

#include "kernel/base/pseudo_random.h"
#include "user/lib/message.h"
#include "user/lib/print.h"
#include "user/lib/thread.h"
#include "user/lib/time.h"
#include "user/stress-ipc/ledger.h"

namespace stress {

using namespace trivium;

namespace {

constexpr std::size_t most_bytes = 6000; // More than a page, so that several are copied.

struct Asker {
    Ledger* ledger = nullptr;
    RequestId id;
    std::uint64_t seed = 0;
    Handle service{};
    bool is_revoked = false;
    std::array<std::byte, most_bytes> sent{};
    std::array<std::byte, most_bytes> received{};

    Requests& requests() { return ledger->requests[id.client][id.thread]; }
};

/// What may become of a request, when everybody may be killed, be cancelled, or have his capability taken.
bool is_expected(Error error) {
    return error == Error::timed_out || error == Error::would_block || error == Error::unanswered ||
           error == Error::cancelled || error == Error::bad_handle || error == Error::limit_reached ||
           error == Error::gone;
}

std::uint64_t random_deadline(base::PseudoRandom& random) {
    switch (random.below(4)) {
    case 0: return 1; // Long past.
    case 1: return (now() + Nanoseconds{random.below(200'000)}).value;
    default: return never;
    }
}

bool is_right(const Asker& asker, const Message& reply, std::uint64_t id, std::size_t size) {
    return reply.words[0] == id && reply.words[1] == ~id && reply.information.bytes() == size &&
           std::ranges::equal(std::span(asker.sent).first(size), std::span(asker.received).first(size));
}

/// Four words, by the fast path if it is free.
Result<bool> ask_shortly(Asker& asker, std::uint64_t id) {
    const auto reply = call::call(asker.service, {id, ~id, 0, 0});
    if (!reply) return std::unexpected(reply.error());
    return is_right(asker, *reply, id, 0);
}

/// With bytes, a deadline, and perhaps a capability.
Result<bool> ask_at_length(Asker& asker, base::PseudoRandom& random, std::uint64_t id) {
    const std::size_t size = random.below(4) == 0 ? random.below(most_bytes) : random.below(100);
    for (std::size_t i = 0; i < size; i += 64) asker.sent[i] = static_cast<std::byte>(random.next());
    Envelope envelope{.words = {id, ~id, 0, 0},
                      .deadline = random_deadline(random),
                      .data = call::to_word(asker.sent.data()),
                      .room = call::to_word(asker.received.data()),
                      .room_size = most_bytes};
    const std::uint64_t capabilities = random.below(8) == 0 ? 1 : 0;
    envelope.sent[0] = {.handle = asker.service, .rights = right::write};
    const std::uint64_t flags = random.below(16) == 0 ? MessageInformation::immediate : 0;
    const auto reply = call::call(asker.service, envelope, MessageInformation::of(size, capabilities, flags));
    if (!reply) return std::unexpected(reply.error());
    return is_right(asker, *reply, id, size);
}

void ask(Asker& asker, base::PseudoRandom& random) {
    Requests& requests = asker.requests();
    asker.id.number = ++requests.asked;
    const std::uint64_t id = asker.id.word();
    const auto answer = random.below(2) == 0 ? ask_shortly(asker, id) : ask_at_length(asker, random, id);
    if (answer) {
        ++(*answer ? requests.answered : requests.wrong);
    } else if (is_expected(answer.error())) {
        ++requests.failed;
        asker.is_revoked = answer.error() == Error::bad_handle;
    } else {
        ++requests.wrong;
        print("stress-ipc: request {:#x}: {}\n", id, answer.error());
    }
}

std::int64_t run(void* argument) {
    auto& asker = *static_cast<Asker*>(argument);
    base::PseudoRandom random(asker.seed);
    while (!asker.ledger->is_over && !asker.is_revoked) ask(asker, random);
    return 0;
}

constinit std::array<Asker, threads_per_client> askers{};

} // namespace

int be_client(Ledger& ledger, std::uint32_t index, std::uint64_t seed) {
    const auto service = call::open("service");
    if (!service) return revoked_code; // Before it could even ask.
    std::array<Thread, threads_per_client> threads;
    for (std::uint32_t i = 0; i < threads_per_client; ++i) {
        askers[i].ledger = &ledger;
        askers[i].id = {index, i, 0};
        askers[i].seed = seed * threads_per_client + i;
        askers[i].service = *service;
        auto started = Thread::start(run, &askers[i]);
        if (!started) return 1;
        threads[i] = std::move(*started);
    }
    for (Thread& thread : threads) (void)thread.join();
    return askers[0].is_revoked ? revoked_code : 0;
}

} // namespace stress
