// The fast path: a call to somebody who waits for it, and a reply that waits for the next call, straight from
// one thread to the other on the same CPU, without the run queue.
//
//     call            caller ──words──> receiver, which runs on in the caller's turn
//     reply_receive   server ──words──> caller, which runs on; the server waits where it did
//
// - First the guards, which change nothing: words alone, no time limit, both here, nobody more urgent ready,
// nothing
//   else to be taken first. When one does not hold the answer is false, and the ordinary path does it all.
// - Then what the ordinary path would have done, and nothing else: endpoint.cpp and reply.cpp say what that
// is.
// - All of it is inline in the two system calls, as nothing else uses it.
#pragma once

#include <algorithm>
#include <utility>

#include "kernel/ipc/endpoint.h"
#include "kernel/ipc/notification.h"
#include "kernel/ipc/reply.h"
#include "kernel/object/table.h"
#include "kernel/schedule/direct_switch.h"

namespace ipc {

namespace fast {

/// An endpoint, and what the capability for it gives the running thread.
struct Target {
    Endpoint* endpoint = nullptr;
    abi::Rights rights{};
    std::uint64_t badge = 0;
};

/// The endpoint in the first argument of a plain message call; null when it is none.
inline Target target_of(const Party& party) {
    const hal::UserContext& context = party.context;
    if (context.argument(1) != 0) return {};
    const axiom::Held held = object::state().held(party.domain.holder, abi::to_handle(context.argument(0)));
    if (held.object_index == axiom::Held::nothing) return {};
    object::Object* const object = object::at(held.object_index);
    if (!object || object->type() != abi::ObjectType::endpoint) return {};
    return {static_cast<Endpoint*>(object), held.rights, held.badge};
}

/// The message that `from` has in its registers, into those of `to`.
inline void deliver_words(const Party& from, Party& to, std::uint64_t flags, std::uint64_t badge) {
    to.context.set_result(0, MessageInformation::of(0, 0, flags, from.domain.pid.value).bits, badge);
    for (unsigned i = 0; i < abi::message_words; ++i)
        to.context.set_value(2 + i, from.context.argument(2 + i));
}

inline MessageWords words_of(const Party& from) {
    MessageWords words;
    for (unsigned i = 0; i < abi::message_words; ++i) words[i] = from.context.argument(2 + i);
    return words;
}

/// There is room for words alone in what comes.
inline void expect_words(Party& party) {
    party.exchange.room_size = 0;
    party.exchange.accepted = 0;
}

} // namespace fast

/// To call takes a right to do so besides the one to send: that, or the one to transfer, which is more.
inline bool may_call(abi::Rights rights) {
    return rights.includes(abi::right::write) &&
           ((rights & (abi::right::call | abi::right::transfer)) != abi::Rights{});
}

/// The thread that runs on `cpu` makes a call, as its registers say; whether that was done.
[[gnu::always_inline]] inline bool call_directly(schedule::Cpu& cpu, Party& caller) {
    const fast::Target target = fast::target_of(caller);
    if (!target.endpoint || !may_call(target.rights)) return false;
    Endpoint& endpoint = *target.endpoint;
    Party* const receiver = endpoint.first(Stage::receiving);
    if (!receiver || !schedule::can_switch_directly(cpu, *receiver)) return false;

    schedule::WaitLine::remove(*receiver);
    receiver->line = nullptr;
    receiver->stage = Stage::none;
    fast::deliver_words(caller, *receiver, MessageInformation::call, target.badge);

    fast::expect_words(caller);
    connect(caller, *receiver, endpoint);
    receiver->priority = std::max(receiver->priority, caller.priority);
    schedule::switch_directly(cpu, caller, *receiver);
    return true;
}

/// The same for a reply that receives.
[[gnu::always_inline]] inline bool reply_directly(schedule::Cpu& cpu, Party& server) {
    Party* const caller = server.caller;
    if (!caller || !server.works_for || !schedule::can_switch_directly(cpu, *caller)) return false;
    const fast::Target target = fast::target_of(server);
    if (!target.endpoint || !target.rights.includes(abi::right::read) ||
        target.endpoint->first(Stage::sending))
        return false;
    if (server.notification && server.notification->has_bits()) return false;
    if (!schedule::would_be_chosen(cpu, *caller)) return false;

    static_cast<base::ListNode<class Working>&>(server).unlink();
    server.works_for = nullptr;
    server.caller = nullptr;
    caller->answerer = nullptr;
    caller->stage = Stage::none;
    if (const auto fault = std::exchange(caller->fault_answered, nullptr)) [[unlikely]] {
        const MessageWords answer = fast::words_of(server);
        fault(*caller, &answer);
    } else {
        fast::deliver_words(server, *caller, 0, 0);
    }

    fast::expect_words(server);
    server.exchange.may_transfer = target.rights.includes(abi::right::transfer);
    server.priority = server.own_priority;
    server.stage = Stage::receiving;
    server.endpoint = target.endpoint;
    server.line = &target.endpoint->waiting;
    target.endpoint->waiting.add(server);
    schedule::switch_directly(cpu, server, *caller);
    return true;
}

} // namespace ipc
