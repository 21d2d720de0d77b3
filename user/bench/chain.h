// A chain of threads, by turns in two processes on one CPU, for what goes one way only: from link to link it
// goes down, and comes up again, and only its ends read the clock.
//
//     process A:  link 0 ──┐       ┌──> link 2 ──┐       ┌──> …
//     process B:           └> link 1             └> link 3
#pragma once

#include <string_view>

#include "user/bench/operations.h"

namespace bench {

/// Calls: from a caller's last instruction before to the receiver's first one after.
trivium::Result<Measured> ipc_call();
/// The same with ten words, as bytes in an envelope.
trivium::Result<Measured> ipc_slow();
/// Replies, each of which receives the next message as well.
trivium::Result<Measured> ipc_reply_receive();
/// Signals to somebody more urgent, who waits.
trivium::Result<Measured> signal_wake();

/// What they start of this program: the other process, as its second argument says which chain.
inline constexpr std::string_view chain_argument = "chain";
int be_chain(std::string_view which);

} // namespace bench
