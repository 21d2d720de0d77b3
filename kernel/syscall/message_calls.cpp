// System calls that send and receive messages.
#include "kernel/abi/message.h"

#include "hal/timer.h"
#include "kernel/ipc/endpoint.h"
#include "kernel/ipc/fast_path.h"
#include "kernel/ipc/reply.h"
#include "kernel/syscall/call.h"

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

/// What capabilities are to be sent is read only when there are some.
std::expected<void, Error> open_envelope(const Call& call, base::VirtualAddress at, ipc::Exchange& exchange) {
    memory::AddressSpace& space = *call.process().space;
    if (const auto read = memory::read_value<ipc::Terms>(space, at, exchange); !read) return read;
    exchange.envelope = at;
    if (exchange.accepted > abi::most_transferred) return std::unexpected(Error::too_large);
    if (exchange.capabilities == 0) return {};
    const auto read = memory::read_value(space, at + offsetof(abi::Envelope, sent), exchange.sent);
    return read ? check_sent(call, exchange) : read;
}

/// Takes in what the caller says, out of its registers or its envelope.
std::expected<void, Error> take_exchange(const Call& call, bool sends) {
    const MessageInformation information = information_of(call);
    if (const auto fine = check(information, sends); !fine) return fine;
    ipc::Exchange& exchange = call.thread.exchange;
    exchange.bytes = information.bytes();
    exchange.capabilities = information.capabilities();
    exchange.immediate = information.has(MessageInformation::immediate);
    exchange.badge = 0;
    exchange.wants_reply = false;
    if (information.has(MessageInformation::enveloped))
        return open_envelope(call, call.address(first_word), exchange);
    exchange.deadline = ipc::Terms::never;
    exchange.room_size = 0;
    exchange.accepted = 0;
    for (unsigned i = 0; i < abi::message_words; ++i) exchange.words[i] = call.argument(first_word + i);
    return {};
}

[[gnu::always_inline]] inline std::expected<object::Found, Error> find_endpoint(const Call& call,
                                                                                Rights rights) {
    const auto found = object::find(call.process().holder, call.handle(0), rights);
    if (found && found->object->type() != abi::ObjectType::endpoint)
        return std::unexpected(Error::wrong_type);
    return found;
}

/// Through what a message goes: the endpoint, with the sender's badge in the exchange.
std::expected<ipc::Endpoint*, Error> address_message(const Call& call, bool wants_reply) {
    ipc::Exchange& exchange = call.thread.exchange;
    const auto found = find_endpoint(
        call, exchange.capabilities > 0 ? abi::right::write | abi::right::transfer : abi::right::write);
    if (!found) return std::unexpected(found.error());
    if (wants_reply && !ipc::may_call(found->rights)) return std::unexpected(Error::not_permitted);
    exchange.go_through(call.process().pid, call.handle(0), found->badge);
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
    const auto endpoint = address_message(call, wants_reply);
    if (!endpoint) return call.fail(endpoint.error());
    const auto deadline = base::to_deadline(call.thread.exchange.deadline);
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
