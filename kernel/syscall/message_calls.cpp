// System calls that send and receive messages.
#include "kernel/abi/message.h"

#include "hal/timer.h"
#include "kernel/ipc/endpoint.h"
#include "kernel/ipc/fast_path.h"
#include "kernel/ipc/reply.h"
#include "kernel/syscall/call.h"
#include "kernel/syscall/deadline.h"

namespace calls {
namespace {

using abi::MessageInformation;
using abi::Rights;

constexpr unsigned first_word = 2; ///< Among a message call's arguments.
constexpr std::uint64_t known_flags = MessageInformation::enveloped | MessageInformation::immediate;

MessageInformation information_of(const Call& call) { return {call.argument(1)}; }

/// What the caller says about a message that it sends, or has room for: lengths, and flags that are its to
/// set.
std::expected<void, Error> check(MessageInformation information, bool sends) {
    constexpr std::uint64_t all = 0xfffff | known_flags;
    if ((information.bits & ~all) != 0) return std::unexpected(Error::invalid_argument);
    if (information.bytes() > abi::most_message_bytes || information.capabilities() > abi::most_transferred)
        return std::unexpected(Error::too_large);
    const bool is_plain = information.bytes() == 0 && information.capabilities() == 0;
    if (!is_plain && (!sends || !information.has(MessageInformation::enveloped)))
        return std::unexpected(Error::invalid_argument);
    return {};
}

/// Only what the sender may hand on is taken into a message at all; when it changes hands that is checked
/// again.
std::expected<void, Error> check_sent(const Call& call, const ipc::Exchange& exchange) {
    for (std::uint32_t i = 0; i < exchange.capabilities; ++i) {
        const abi::Sent& sent = exchange.sent[i];
        const auto found = object::find(call.process().holder, sent.handle, sent.rights | abi::right::grant);
        if (!found) return std::unexpected(found.error());
    }
    return {};
}

std::expected<void, Error> open_envelope(const Call& call, base::VirtualAddress at, ipc::Exchange& exchange) {
    const auto envelope = memory::read_value<abi::Envelope>(*call.process().space, at);
    if (!envelope) return std::unexpected(envelope.error());
    exchange.words = envelope->words;
    exchange.deadline = to_deadline(envelope->deadline);
    exchange.envelope = at;
    exchange.data = {envelope->data};
    exchange.room = {envelope->room};
    exchange.room_size = envelope->room_size;
    exchange.accepted = envelope->accepted;
    if (exchange.accepted > abi::most_transferred) return std::unexpected(Error::too_large);
    exchange.sent = envelope->sent;
    return {};
}

/// Takes in what the caller says, out of its registers or its envelope.
std::expected<void, Error> take_exchange(const Call& call, bool sends) {
    const MessageInformation information = information_of(call);
    if (const auto fine = check(information, sends); !fine) return fine;
    ipc::Exchange& exchange = call.thread.exchange;
    exchange.bytes = information.bytes();
    exchange.capabilities = information.capabilities();
    exchange.immediate = information.has(MessageInformation::immediate);
    exchange.deadline.reset();
    exchange.room_size = 0;
    exchange.accepted = 0;
    exchange.badge = 0;
    exchange.wants_reply = false;
    if (information.has(MessageInformation::enveloped)) {
        if (const auto open = open_envelope(call, call.address(first_word), exchange); !open) return open;
        return check_sent(call, exchange);
    }
    for (unsigned i = 0; i < abi::message_words; ++i) exchange.words[i] = call.argument(first_word + i);
    return {};
}

std::expected<object::Found, Error> find_endpoint(const Call& call, Rights rights) {
    const auto found = object::find(call.process().holder, call.handle(0), rights);
    if (found && found->object->type() != abi::ObjectType::endpoint)
        return std::unexpected(Error::wrong_type);
    return found;
}

/// Through what a message goes: the endpoint, with the sender's badge in the exchange.
std::expected<ipc::Endpoint*, Error> address_message(const Call& call, Rights rights) {
    ipc::Exchange& exchange = call.thread.exchange;
    if (exchange.capabilities > 0) rights = rights | abi::right::transfer;
    const auto found = find_endpoint(call, rights);
    if (!found) return std::unexpected(found.error());
    exchange.badge = found->badge;
    exchange.through = call.handle(0);
    exchange.holder = call.process().pid;
    return static_cast<ipc::Endpoint*>(found->object);
}

/// The right to receive; whether the replies may bring capabilities is noted.
std::expected<ipc::Endpoint*, Error> receive_through(const Call& call) {
    const auto found = find_endpoint(call, abi::right::read);
    if (!found) return std::unexpected(found.error());
    call.thread.exchange.may_transfer = found->rights.includes(abi::right::transfer);
    return static_cast<ipc::Endpoint*>(found->object);
}

void send_message(const Call& call, bool wants_reply) {
    if (const auto taken = take_exchange(call, true); !taken) return call.fail(taken.error());
    auto endpoint = address_message(call, abi::right::write);
    if (wants_reply && endpoint) {
        const auto found = find_endpoint(call, abi::right::call); // Or the right to transfer, which is more.
        if (!found && !find_endpoint(call, abi::right::transfer)) endpoint = std::unexpected(found.error());
    }
    if (!endpoint) return call.fail(endpoint.error());
    const auto deadline = call.thread.exchange.deadline;
    if (wants_reply && deadline && *deadline <= hal::now()) return call.fail(Error::timed_out);
    call.thread.exchange.wants_reply = wants_reply;
    (*endpoint)->send(call.thread);
}

} // namespace

void send(const Call& call) { send_message(call, false); }

void call(const Call& call) {
    if (!ipc::call_directly(schedule::this_cpu(), call.thread)) send_message(call, true);
}

void receive(const Call& call) {
    if (const auto taken = take_exchange(call, false); !taken) return call.fail(taken.error());
    const auto endpoint = receive_through(call);
    if (!endpoint) return call.fail(endpoint.error());
    (*endpoint)->receive(call.thread);
}

void reply(const Call& call) {
    if (const auto taken = take_exchange(call, true); !taken) return call.fail(taken.error());
    call.finish(ipc::reply(call.thread, call.argument(0)));
}

/// A caller who is gone does not keep a server from its next message.
void reply_receive(const Call& call) {
    if (ipc::reply_directly(schedule::this_cpu(), call.thread)) return;
    if (const auto taken = take_exchange(call, true); !taken) return call.fail(taken.error());
    const auto endpoint = receive_through(call);
    if (!endpoint) return call.fail(endpoint.error());
    if (const auto replied = ipc::reply(call.thread, 0); !replied && replied.error() != Error::gone)
        return call.fail(replied.error());
    (*endpoint)->receive(call.thread);
}

void keep_reply(const Call& call) { call.finish(ipc::keep(call.thread)); }

} // namespace calls
