// The fast path: a call to somebody who waits for it, and a reply that waits for the next call, straight from one
// thread to the other on the same CPU, without the run queue.
//
//     call            caller ──words──> receiver, which runs on in the caller's turn
//     reply_receive   server ──words──> caller, which runs on; the server waits where it did
//
// - First the guards, which change nothing: words alone, no time limit, both here, nobody more urgent ready, nothing
//   else to be taken first. When one does not hold the answer is false, and the ordinary path does it all.
// - Then what the ordinary path would have done, and nothing else: kernel/ipc/endpoint.cpp says what that is.
#pragma once

#include "kernel/ipc/party.h"
#include "kernel/schedule/cpu.h"

namespace ipc {

/// The thread that runs on `cpu` makes a call, as its registers say; whether that was done.
bool call_directly(schedule::Cpu& cpu, Party& caller);

/// The same for a reply that receives.
bool reply_directly(schedule::Cpu& cpu, Party& server);

/// For tests: with `false` nothing is done directly.
void allow_fast_path(bool allowed);

} // namespace ipc
