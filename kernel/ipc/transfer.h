// What a message is: the one place that says what goes from a sender to a receiver.
//
// Words go by value, bytes are copied once between the two spaces, capabilities go in one commit; badge and
// sender are added. It is all or nothing: but for bytes in the receiver's buffer nothing has happened when it
// fails.
#pragma once

#include "kernel/ipc/party.h"

namespace ipc {

/// Why a message cannot go, and who is to be told.
struct Refusal {
    Error error{};
    bool is_receivers = false; ///< Its buffer is at fault: it cannot go on waiting with that.
};

/// Moves what the exchange of `from` says to where that of `to` wants it, and into its registers.
/// Error::too_large for more bytes or capabilities than `to` takes, Error::bad_address, Error::limit_reached
/// when the receiver's table is full, and errors of axiom::transfer_capabilities.
std::expected<void, Refusal> transfer(Party& from, Party& to);

/// Puts what was received into a party's registers: it has succeeded.
void deliver(Party& to, MessageInformation information, std::uint64_t badge, const MessageWords& words);

} // namespace ipc
