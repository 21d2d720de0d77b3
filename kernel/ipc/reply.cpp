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
    for (Party& caller : domain.kept)
        if (caller.token == token) return &caller;
    return nullptr;
}

/// Parts a thread from the call that it works on.
void release(Party& receiver) {
    receiver.caller = nullptr;
    if (std::exchange(receiver.works_for, nullptr))
        static_cast<base::ListNode<class Working>&>(receiver).unlink();
}

} // namespace

void disconnect(Party& caller) {
    Party* const receiver = std::exchange(caller.answerer, nullptr);
    if (!receiver) return static_cast<base::ListNode<class Kept>&>(caller).unlink();
    release(*receiver);
    reconsider(*receiver);
}

std::expected<void, Error> reply(Party& replier, std::uint64_t token) {
    Party* const caller = token ? kept_under(replier.domain, token) : replier.caller;
    if (!caller) return std::unexpected(Error::gone);
    if (replier.exchange.capabilities > 0 && !caller->reply_may_transfer)
        return std::unexpected(Error::not_permitted);
    if (const auto moved = transfer(replier, *caller); !moved) {
        if (!moved.error().is_receivers) return std::unexpected(moved.error().error);
        fail(*caller, moved.error().error);
        return std::unexpected(Error::gone);
    }
    schedule::wake(*caller);
    return {};
}

std::expected<std::uint64_t, Error> keep(Party& party) {
    Party* const caller = party.caller;
    if (!caller) return std::unexpected(Error::gone);
    release(party);
    caller->answerer = nullptr;
    caller->token = ++party.domain.last_token;
    party.domain.kept.push_back(*caller);
    reconsider(party);
    return caller->token;
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
