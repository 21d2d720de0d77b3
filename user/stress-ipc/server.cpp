// A server: answers at once, later, in another order, or never; and sometimes ends.
#include <algorithm>

#include "kernel/base/pseudo_random.h"
#include "user/lib/message.h"
#include "user/lib/program.h"
#include "user/lib/time.h"
#include "user/stress-ipc/ledger.h"

namespace stress {

using namespace trivium;

namespace {

constexpr Nanoseconds patience = milliseconds(2); // For more requests, while somebody waits for an answer.
constexpr std::size_t most_kept = 4;
constexpr std::size_t most_bytes = 8192;

constinit std::array<std::byte, most_bytes> bytes{};

/// A request without bytes whose answer is still to come.
struct Kept {
    std::uint64_t reply = 0;
    MessageWords words{};
};

class Server {
public:
    Server(Ledger& ledger, std::uint32_t index, Handle endpoint, std::uint64_t seed)
        : replies_(ledger.replies[index]), endpoint_(endpoint), random_(seed) {}

    void serve();

private:
    Result<Message> receive(Envelope& envelope);
    void on_message(const Message& message, const Envelope& envelope);
    void answer(const Message& message);
    void answer_kept();
    bool keep(const Message& message);
    void note(const Result<void>& replied);

    Replies& replies_;
    Handle endpoint_;
    base::PseudoRandom random_;
    std::array<Kept, most_kept> kept_{};
    std::size_t kept_count_ = 0;
};

void Server::serve() {
    for (;;) {
        Envelope envelope;
        const auto message = receive(envelope);
        if (message)
            on_message(*message, envelope);
        else if (message.error() == Error::timed_out)
            answer_kept();
        else if (message.error() != Error::cancelled && message.error() != Error::limit_reached)
            return;
    }
}

Result<Message> Server::receive(Envelope& envelope) {
    envelope.deadline = kept_count_ > 0 ? (now() + patience).value : never;
    envelope.room = call::to_word(bytes.data());
    envelope.room_size = bytes.size();
    envelope.accepted = 1;
    return call::receive(endpoint_, envelope);
}

void Server::on_message(const Message& message, const Envelope& envelope) {
    if (message.information.capabilities() > 0) (void)call::close(envelope.received[0]);
    if (message.badge != badge_of(client_of(message.words[0]))) ++replies_.wrong;
    if (!message.information.has(MessageInformation::call)) return;
    const std::uint64_t choice = random_.below(1000);
    if (choice == 0) trivium::exit(0); // Whoever is owed a reply, now or later, is to be told.
    if (choice < 40) return;           // Forgotten: the next receive() says so.
    if (choice < 300 && keep(message)) return;
    answer(message);
    if (random_.below(2) == 0) answer_kept();
}

void Server::note(const Result<void>& replied) {
    if (replied) ++replies_.replied;
}

void Server::answer(const Message& message) {
    Envelope envelope{.words = message.words, .data = call::to_word(bytes.data())};
    ++replies_.replying;
    if (message.information.bytes() == 0) return note(call::reply(message.words));
    note(call::reply(envelope, MessageInformation::of(message.information.bytes(), 0)));
}

bool Server::keep(const Message& message) {
    if (kept_count_ == most_kept || message.information.bytes() > 0) return false;
    const auto reply = call::keep_reply();
    if (!reply) return true; // The caller has given up already.
    kept_[kept_count_++] = {*reply, message.words};
    return true;
}

void Server::answer_kept() {
    if (kept_count_ == 0) return;
    std::swap(kept_[random_.below(kept_count_)], kept_[kept_count_ - 1]);
    const Kept& chosen = kept_[--kept_count_];
    ++replies_.replying;
    note(call::reply(chosen.words, chosen.reply));
}

} // namespace

int be_server(Ledger& ledger, std::uint32_t index, std::uint64_t seed) {
    const auto endpoint = call::open("service");
    if (!endpoint) return 1;
    Server(ledger, index, *endpoint, seed).serve();
    return 0;
}

} // namespace stress
