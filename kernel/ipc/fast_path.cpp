// Guards, and then the switch.
#include "kernel/ipc/fast_path.h"

#include <algorithm>

#include "kernel/ipc/endpoint.h"
#include "kernel/ipc/notification.h"
#include "kernel/object/table.h"
#include "kernel/schedule/direct_switch.h"

namespace ipc {
namespace {

constinit bool is_allowed = true;

constexpr abi::Rights may_answer_or_more = abi::right::call | abi::right::transfer;

/// An endpoint, and what the capability for it gives the running thread.
struct Target {
    Endpoint* endpoint = nullptr;
    abi::Rights rights{};
    std::uint64_t badge = 0;
};

/// The endpoint in the first argument of a plain message call, if the capability has that right.
inline Target target_of(const Party& party, abi::Rights right) {
    const hal::UserContext& context = party.context;
    if (context.argument(1) != 0) return {};
    const axiom::Held held = object::state().held(party.domain.pid, abi::to_handle(context.argument(0)));
    if (held.type != abi::ObjectType::endpoint || !held.rights.includes(right)) return {};
    return {static_cast<Endpoint*>(object::at(held.object_index)), held.rights, held.badge};
}

/// Whether a thread that waits may go on here at once, in the turn of the one that runs.
inline bool can_take_over(const schedule::Cpu& cpu, const Party& party) {
    return party.cpu == cpu.index && party.may_run_on(cpu.index) && !party.suspended &&
           !party.timeout.is_queued();
}

/// The message that `from` has in its registers, into those of `to`.
inline void deliver_words(const Party& from, Party& to, std::uint64_t flags, std::uint64_t badge) {
    to.context.set_result(0, MessageInformation::of(0, 0, flags, from.domain.pid.value).bits, badge);
    for (unsigned i = 0; i < abi::message_words; ++i)
        to.context.set_value(2 + i, from.context.argument(2 + i));
}

/// There is room for words alone in what comes.
inline void expect_words(Party& party) {
    party.exchange.room_size = 0;
    party.exchange.accepted = 0;
}

} // namespace

void allow_fast_path(bool allowed) { is_allowed = allowed; }

bool call_directly(schedule::Cpu& cpu, Party& caller) {
    const Target target = target_of(caller, abi::right::write);
    if (!target.endpoint || (target.rights & may_answer_or_more) == abi::Rights{}) return false;
    Endpoint& endpoint = *target.endpoint;
    Party* const receiver = endpoint.first(Stage::receiving);
    if (!receiver || !can_take_over(cpu, *receiver) || !schedule::can_switch_directly(cpu) || !is_allowed)
        return false;

    endpoint.waiting.remove(*receiver);
    receiver->queue = nullptr;
    receiver->endpoint = nullptr;
    receiver->stage = Stage::none;
    receiver->on_wait_ended = nullptr;
    deliver_words(caller, *receiver, MessageInformation::call, target.badge);

    expect_words(caller);
    caller.stage = Stage::calling;
    caller.answerer = receiver;
    caller.reply_may_transfer = receiver->exchange.may_transfer;
    caller.on_wait_ended = on_wait_ended;
    receiver->caller = &caller;
    receiver->works_for = &endpoint;
    endpoint.workers.push_back(*receiver);
    receiver->priority = std::max(receiver->priority, caller.priority);
    schedule::switch_directly(cpu, caller, *receiver);
    return true;
}

bool reply_directly(schedule::Cpu& cpu, Party& server) {
    Party* const caller = server.caller;
    if (!caller || !server.works_for || !can_take_over(cpu, *caller) || caller->fault_answered) return false;
    const Target target = target_of(server, abi::right::read);
    if (!target.endpoint || target.endpoint->first(Stage::sending)) return false;
    if (server.notification && server.notification->has_bits()) return false;
    const schedule::Thread* const next = cpu.ready.first();
    if ((next && next->priority > caller->priority) || !schedule::can_switch_directly(cpu) || !is_allowed)
        return false;

    static_cast<base::ListNode<class Working>&>(server).unlink();
    server.works_for = nullptr;
    server.caller = nullptr;
    caller->answerer = nullptr;
    caller->stage = Stage::none;
    caller->on_wait_ended = nullptr;
    deliver_words(server, *caller, 0, 0);

    expect_words(server);
    server.exchange.may_transfer = target.rights.includes(abi::right::transfer);
    server.priority = server.own_priority;
    server.stage = Stage::receiving;
    server.endpoint = target.endpoint;
    server.on_wait_ended = on_wait_ended;
    server.queue = &target.endpoint->waiting;
    target.endpoint->waiting.push_back(server);
    schedule::switch_directly(cpu, server, *caller);
    return true;
}

} // namespace ipc
