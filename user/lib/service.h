// What services and their clients agree on.
//
//     request   word 0: what is wanted, a number of the service's own      words 1 to 3, bytes, capabilities
//     reply     word 0: 0, or an abi::Error                                the same
//
// A service receives from what it was given as "service", an endpoint that init keeps: clients hold on to
// their capabilities while it is started again. Whom it owes a reply when it ends gets Error::unanswered.
#pragma once

#include <string_view>

#include "user/lib/message.h"

namespace trivium {

/// How a request went, as the first word of its reply.
constexpr std::uint64_t status_of(const Result<void>& outcome) {
    return outcome ? 0 : static_cast<std::uint64_t>(outcome.error());
}

/// Makes a request and waits for the reply. Errors of the service's come back like those of the call.
inline Result<Message> ask(Handle service, Envelope& envelope, MessageInformation information = {}) {
    auto reply = call::call(service, envelope, information);
    if (reply && reply->words[0] != 0) return std::unexpected(static_cast<Error>(reply->words[0]));
    return reply;
}

/// The same of a request with bytes, which may name something.
inline Result<Message> ask(Handle service, Envelope& envelope, std::string_view bytes) {
    envelope.data = call::to_word(bytes.data());
    return ask(service, envelope, MessageInformation::of(bytes.size(), 0));
}

} // namespace trivium
