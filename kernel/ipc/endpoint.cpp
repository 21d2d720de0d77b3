// Sending and receiving.
#include "kernel/ipc/endpoint.h"

#include <algorithm>
#include <utility>

#include "kernel/ipc/donation.h"
#include "kernel/ipc/notification.h"
#include "kernel/ipc/reply.h"
#include "kernel/ipc/transfer.h"
#include "kernel/object/table.h"
#include "kernel/schedule/direct_switch.h"
#include "kernel/schedule/scheduler.h"

namespace ipc {
namespace {

/// Of the thread that runs: its call, or its fault, comes to nothing.
void refuse(Party& party, Error error) {
    if (const auto fault = std::exchange(party.fault_answered, nullptr))
        fault(party, nullptr);
    else
        party.context.set_status(static_cast<std::uint64_t>(error));
}

/// A message that waits is worth no more than the capability that it was sent through.
bool may_still_send(const Party& sender, const Endpoint& endpoint) {
    const auto found = object::find(sender.exchange.holder, sender.exchange.through, abi::right::write);
    return found && found->object == &endpoint;
}

/// The receiver has the call already: should time be up, its reply will come to nothing.
void wait_for_reply(Party& caller, Party& receiver) {
    const std::uint64_t deadline = caller.exchange.deadline;
    if (deadline == Terms::never && schedule::hand_over(receiver)) return;
    schedule::wake(receiver);
    const auto timed_out = static_cast<std::uint64_t>(Error::timed_out);
    if (!schedule::park(nullptr, base::to_deadline(deadline), timed_out)) on_wait_ended(caller);
}

/// Takes a party out of the queue, without an end to its wait.
void leave(Party& party) {
    schedule::leave_line(party);
    party.stage = Stage::none;
    party.endpoint = nullptr;
}

} // namespace

void on_wait_ended(schedule::Thread& thread) {
    auto& party = static_cast<Party&>(thread);
    const Stage stage = std::exchange(party.stage, Stage::none);
    if (stage == Stage::calling) return disconnect(party);
    Endpoint* const endpoint = std::exchange(party.endpoint, nullptr);
    if (stage == Stage::sending) reconsider(endpoint->workers);
}

bool fail(Party& party, Error error) {
    if (party.stage == Stage::none) return false;
    refuse(party, error);
    schedule::wake(party);
    return true;
}

void Endpoint::register_type() {
    object::register_type(object_type, {.end = on_end, .free = [](object::Object& object) {
                                            delete &static_cast<Endpoint&>(object);
                                        }});
}

void Endpoint::on_end(object::Object& object) {
    auto& endpoint = static_cast<Endpoint&>(object);
    while (schedule::Thread* const waiting = endpoint.waiting.first())
        fail(static_cast<Party&>(*waiting), Error::gone);
    while (Party* const worker = endpoint.workers.pop_front()) {
        worker->works_for = nullptr;
        reconsider(*worker);
    }
}

int Endpoint::lent_priority() const {
    const Party* const sender = first(Stage::sending);
    return sender ? sender->priority : -1;
}

void Endpoint::send(Party& sender) {
    // [lab 13: send and receive]
    while (Party* const receiver = first(Stage::receiving)) {
        if (const auto moved = transfer(sender, *receiver); !moved) {
            if (!moved.error().is_receivers) return refuse(sender, moved.error().error);
            fail(*receiver, moved.error().error);
            continue;
        }
        leave(*receiver);
        if (!sender.exchange.wants_reply) {
            sender.context.set_status(0);
            return schedule::wake(*receiver);
        }
        connect(sender, *receiver, *this);
        receiver->priority = std::max(receiver->priority, sender.priority); // Nobody else lends it any.
        return wait_for_reply(sender, *receiver);
    }
    if (sender.exchange.immediate) return refuse(sender, Error::would_block);
    park(sender, Stage::sending);
    reconsider(workers);
    // [/lab]
}

void Endpoint::receive(Party& receiver) {
    forsake(receiver);
    if (receiver.notification && receiver.notification->give(receiver)) return;
    // [lab 13: send and receive]
    while (Party* const sender = first(Stage::sending)) {
        if (!may_still_send(*sender, *this)) {
            fail(*sender, Error::bad_handle);
            continue;
        }
        if (const auto moved = transfer(*sender, receiver); !moved) {
            if (moved.error().is_receivers) return refuse(receiver, moved.error().error);
            fail(*sender, moved.error().error);
            continue;
        }
        leave(*sender);
        if (sender->exchange.wants_reply) {
            connect(*sender, receiver, *this);
        } else {
            sender->context.set_status(0);
            schedule::wake(*sender);
        }
        return reconsider(receiver);
    }
    if (receiver.exchange.immediate) return refuse(receiver, Error::would_block);
    park(receiver, Stage::receiving);
    // [/lab]
}

void Endpoint::park(Party& party, Stage stage) {
    const auto timed_out = static_cast<std::uint64_t>(Error::timed_out);
    if (!schedule::park(&waiting, base::to_deadline(party.exchange.deadline), timed_out)) return;
    party.stage = stage;
    party.endpoint = this;
}

bool Endpoint::cancel(std::uint64_t badge) {
    constexpr unsigned most_at_a_time = 32;
    const auto matches = [badge](const schedule::Thread& thread) {
        const auto& party = static_cast<const Party&>(thread);
        return party.stage == Stage::sending && (badge == 0 || party.exchange.badge == badge);
    };
    for (unsigned i = 0; i < most_at_a_time; ++i) {
        schedule::Thread* const sender = waiting.first_that(matches);
        if (!sender) return true;
        fail(static_cast<Party&>(*sender), Error::cancelled);
    }
    return false;
}

} // namespace ipc
