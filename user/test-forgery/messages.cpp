// Messages by force: edited while they are sent, with another's badge, and answers to others' calls.
#include <algorithm>
#include <array>
#include <atomic>

#include "user/lib/companion.h"
#include "user/lib/memory.h"
#include "user/lib/time.h"
#include "user/test-forgery/parts.h"

namespace test {
namespace {

constexpr std::uint64_t badge = 5;
constexpr int messages = 1500, enough = 50;
constexpr std::uint32_t size = 300;
constexpr std::byte untouched{0xee};
constexpr MessageInformation immediate{MessageInformation::immediate};
constexpr Rights may_send = right::write | right::call | right::transfer;

Handle make_endpoint() { return must(call::create(abi::ObjectType::endpoint, 0), "make an endpoint"); }

// ---- Edited ----------------------------------------------------------------------------------------------

/// What lies in memory that another thread writes to.
struct Shared {
    Envelope envelope;
    std::array<std::byte, size> bytes{};
};

/// As memory that changes at any time.
template <class T>
volatile T& changing(T& value) {
    return value;
}

/// Writes whatever would be of use into all of a message, again and again.
struct Editor {
    Shared& shared;
    Handle grantable, secret;
    std::atomic<bool>& is_over;
    std::atomic<std::uint64_t>& edits;

    void operator()() const {
        Envelope& envelope = shared.envelope;
        const std::uint64_t good = reinterpret_cast<std::uintptr_t>(shared.bytes.data());
        for (std::uint64_t i = 0; !is_over; ++i) {
            const Handle handle = i % 3 == 0 ? secret : grantable;
            changing(envelope.sent[0].handle.slot) = handle.slot;
            changing(envelope.sent[0].handle.generation) = handle.generation;
            changing(envelope.sent[0].rights.bits) = i % 5 == 0 ? right::all.bits : right::read.bits;
            changing(envelope.data) = i % 7 == 0 ? 0xffff'ffff'8000'0000 : good;
            changing(envelope.words[i % abi::message_words]) = i;
            changing(shared.bytes[i % size]) = static_cast<std::byte>(i);
            edits = i;
        }
    }
};

/// Gets a message through now and then; others are refused for what they are when they are looked at.
void be_editor() {
    const Handle service = given("service"), secret = given("secret");
    const Handle grantable = must(call::create(abi::ObjectType::memory, page_size), "make memory");
    const Handle readable =
        must(call::derive(grantable, right::read | right::grant), "derive what may be granted");
    static Shared shared;
    std::atomic<bool> is_over = false;
    std::atomic<std::uint64_t> edits = 0;
    const Companion editor(Editor{shared, readable, secret, is_over, edits});
    wait_until([&] { return edits > size; });
    for (int i = 0, answered = 0; i < messages || answered < enough; ++i) {
        const auto answer = call::call(service, shared.envelope, MessageInformation::of(size, 1));
        if (!answer && answer.error() != Error::bad_address && answer.error() != Error::bad_handle)
            must_fail(answer, Error::not_permitted, "send a message that is edited");
        answered += answer.has_value();
        if (i % 16 == 0) (void)call::yield();
    }
    is_over = true;
}

/// What has come is one capability, to read, and to no secret.
void check_received(Handle handle) {
    const auto identity = must(call::identify(handle), "identify what has come");
    require(identity.type == abi::ObjectType::memory && identity.rights == right::read,
            "more rights have come than there were");
    std::byte first{};
    must(call::read(handle, {&first, 1}), "read what has come");
    require(first == std::byte{0}, "what may not be granted has come");
    must(call::close(handle), "close it");
}

void check_message(const Message& message, std::uint32_t sender) {
    require(message.badge == badge && message.information.sender() == sender,
            "a message is by somebody else");
    require(message.information.bytes() == size && message.information.capabilities() == 1,
            "it has another size");
}

/// Until the sender has ended.
unsigned receive_edited(Handle endpoint, const Process& sender) {
    unsigned received = 0;
    std::array<std::byte, size + 1> room;
    room.back() = untouched;
    while (!sender.wait(0)) {
        Envelope envelope;
        envelope.deadline = (now() + milliseconds(20)).value;
        envelope.room = reinterpret_cast<std::uintptr_t>(room.data());
        envelope.room_size = size;
        envelope.accepted = 1;
        const auto message = call::receive(endpoint, envelope);
        if (!message) continue;
        check_message(*message, sender.id());
        check_received(envelope.received[0]);
        require(room.back() == untouched, "more bytes have come than there is room");
        must(call::reply({}), "reply");
        ++received;
    }
    return received;
}

/// The forger has a secret that it may read, but not pass on.
void edited() {
    const Handle endpoint = make_endpoint();
    const Handle secret = must(call::create(abi::ObjectType::memory, page_size), "make memory");
    must(call::write(secret, "secret"), "write a secret");
    const abi::Grant given[] = {
        grant("service", must(call::derive(endpoint, right::all, badge), "derive with a badge"), may_send),
        grant("secret", secret, right::read)};
    const Process sender = start_role("editor", given);
    const unsigned received = receive_edited(endpoint, sender);
    finish(sender);
    require(received > 0, "no message has come through");
}

// ---- Claimed ---------------------------------------------------------------------------------------------

/// All that a sender can say about itself.
void be_claimer() {
    const Handle service = given("service");
    must_fail(call::derive(service, right::write, 6), Error::not_permitted, "derive with another badge");
    must_fail(call::derive(service, right::write | right::read), Error::not_permitted,
              "derive with more rights");
    must_fail(call::receive(service, immediate), Error::not_permitted, "receive what others send");
    must_fail(call::revoke(abi::Handle{service.slot, service.generation + 1}), Error::bad_handle,
              "revoke by a guess");
    for (unsigned bit = 22; bit < 64; ++bit) // Sender, and what only the kernel says.
        must_fail(call::send(service, {6}, {std::uint64_t{1} << bit}), Error::invalid_argument,
                  "claim what the kernel says");
    Envelope envelope{.words = {6, 6, 6, 6}};
    std::ranges::fill(envelope.received, abi::self_process);
    must(call::send(service, envelope, {}), "send as who one is");
    must(call::call(must(call::derive(service, right::write | right::call), "derive"), {6, 6, 6, 6}),
         "call as who one is");
}

void claimed() {
    const Handle endpoint = make_endpoint();
    const abi::Grant given[] = {
        grant("service", must(call::derive(endpoint, right::all, badge), "derive with a badge"), may_send)};
    const Process claimer = start_role("claimer", given);
    for (int i = 0; i < 2; ++i) {
        const Message message = must(call::receive(endpoint), "receive");
        require(message.badge == badge && message.information.sender() == claimer.id(),
                "a message is by somebody else");
    }
    must(call::reply({}), "reply");
    finish(claimer);
}

// ---- Stolen replies --------------------------------------------------------------------------------------

/// Answers whatever there could be to answer: none of it is its own.
void be_thief() {
    for (std::uint64_t token = 0; token < 1000; ++token)
        must_fail(call::reply({6}, token), Error::gone, "reply for another");
    must_fail(call::reply({6}, ~std::uint64_t{0}), Error::gone, "reply for another");
    must_fail(call::keep_reply(), Error::gone, "keep another's reply");
}

void stolen() {
    const Handle endpoint = make_endpoint();
    const auto call_it = [endpoint](std::uint64_t word) {
        return [=] {
            require(must(call::call(endpoint, {word}), "call").words[0] == word, "a thief has answered");
        };
    };
    const Companion one([=] { call_it(1)(); });
    const Message first = must(call::receive(endpoint), "receive");
    const std::uint64_t kept = must(call::keep_reply(), "keep its reply");
    const Companion two([=] { call_it(2)(); });
    const Message second = must(call::receive(endpoint), "receive");
    const Process thief = start_role("thief");
    must(thief.wait(), "wait for the thief");
    finish(thief);
    must(call::reply(second.words), "reply to the second");
    must(call::reply(first.words, kept), "reply to the first");
}

constexpr Case cases[] = {
    {"messages-edited", edited},
    {"badge-claimed", claimed},
    {"replies-stolen", stolen},
};

constexpr Case roles[] = {{"editor", be_editor}, {"claimer", be_claimer}, {"thief", be_thief}};

} // namespace

const Cases message_cases = cases, message_roles = roles;

} // namespace test
