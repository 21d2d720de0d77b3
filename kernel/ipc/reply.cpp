// Who owes whom a reply.
#include "kernel/ipc/reply.h"

#include <utility>

#include "kernel/ipc/donation.h"
#include "kernel/ipc/endpoint.h"
#include "kernel/ipc/notification.h"
#include "kernel/ipc/transfer.h"
#include "kernel/schedule/scheduler.h"

namespace ipc {
namespace {

Party* kept_under(Domain& domain, std::uint64_t token) {
    // [lab 13: keep for later]
    for (Party& caller : domain.kept)
        if (caller.token == token) return &caller;
    return nullptr;
    // [/lab]
}

/// Parts a thread from the call that it works on.
void release(Party& receiver) {
    // [lab 13: call and reply]
    receiver.caller = nullptr;
    if (std::exchange(receiver.works_for, nullptr))
        static_cast<base::ListNode<class Working>&>(receiver).unlink();
    // [/lab]
}

} // namespace

void disconnect(Party& caller) {
    // [lab 13: call and reply]
    Party* const receiver = std::exchange(caller.answerer, nullptr);
    if (!receiver) return static_cast<base::ListNode<class Kept>&>(caller).unlink();
    release(*receiver);
    reconsider(*receiver);
    // [/lab]
}

std::expected<void, Error> reply(Party& replier, std::uint64_t token) {
    Party* const caller = token ? kept_under(replier.domain, token) : replier.caller;
    if (!caller) return std::unexpected(Error::gone);
    // [lab 13: call and reply]
    if (replier.exchange.capabilities > 0 && !caller->reply_may_transfer)
        return std::unexpected(Error::not_permitted);
    if (const auto moved = transfer(replier, *caller); !moved) {
        if (!moved.error().is_receivers) return std::unexpected(moved.error().error);
        fail(*caller, moved.error().error);
        return std::unexpected(Error::gone);
    }
    schedule::wake(*caller);
    return {};
    // [/lab]
}

std::expected<std::uint64_t, Error> keep(Party& party) {
    // [lab 13: keep for later]
    Party* const caller = party.caller;
    if (!caller) return std::unexpected(Error::gone);
    release(party);
    caller->answerer = nullptr;
    caller->token = ++party.domain.last_token;
    party.domain.kept.push_back(*caller);
    reconsider(party);
    return caller->token;
    // [/lab]
}

void forsake(Party& party) {
    if (party.caller) fail(*party.caller, Error::unanswered);
}

void forsake(Domain& domain) {
    while (Party* const caller = domain.kept.front()) fail(*caller, Error::unanswered);
}

void part(Party& party) {
    forsake(party);
    if (party.notification) party.notification->unbind();
}

} // namespace ipc
