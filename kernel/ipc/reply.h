// Replies: whoever receives a call owes one. The right to reply is the kernel's own knowledge of who owes it
// to whom, and is used up by the reply: so it cannot be kept, passed on or used twice by mistake.
//
//     caller ──answerer──> receiver          until the reply, or until the receiver
//            <──caller────                   receives again, or ends: then the caller fails
//
//     caller <──kept── the receiver's domain after keep(): to be answered by its token
#pragma once

#include "kernel/ipc/endpoint.h"

namespace ipc {

/// From now on `receiver` owes `caller`, whose call came through `endpoint`, a reply. It is to be as urgent
/// as its caller, which is left to whoever calls.
inline void connect(Party& caller, Party& receiver, Endpoint& endpoint) {
    // [lab 13: call and reply]
    caller.stage = Stage::calling;
    caller.answerer = &receiver;
    caller.reply_may_transfer = receiver.exchange.may_transfer;
    receiver.caller = &caller;
    receiver.works_for = &endpoint;
    endpoint.workers.push_back(receiver);
    // [/lab]
}

/// Nobody owes `caller` a reply any more. Whose priority hung on it has been seen to.
void disconnect(Party& caller);

/// Answers the call that `replier` received last, or with a token one that its domain has kept, with what its
/// exchange says. Error::gone when there is no such call, or its caller could not take the answer and has
/// failed; others as of transfer(), and then the caller waits on.
std::expected<void, Error> reply(Party& replier, std::uint64_t token);

/// Keeps the call that `party` received last for later: the token of its reply. Error::gone when there is
/// none.
std::expected<std::uint64_t, Error> keep(Party& party);

/// Fails the call that `party` received last, if it has not answered it.
void forsake(Party& party);

/// Fails all that a domain has kept: it has ended.
void forsake(Domain& domain);

/// Lets go of all that binds `party` to others, but for its own wait: it ends.
void part(Party& party);

} // namespace ipc
