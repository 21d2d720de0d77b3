// Lent priority: whoever works for others is as urgent as they are.
//
//     caller (20) ──> server (own 10, runs at 20) ──> another server (own 5, runs at 20)
//     a waiting sender (25) at the first server's endpoint makes all three run at 25
//
// A thread runs at the highest of its own priority, that of the caller whom it owes a reply, and that of
// those who wait at the endpoint through which that call came.
#pragma once

#include "kernel/ipc/party.h"

namespace ipc {

/// Something has changed that a thread's priority hangs on: gives it the one that it should have, and whoever
/// works for it as well.
void reconsider(Party& party);

/// The same for all who work for an endpoint.
void reconsider(base::List<Party, class Working>& workers);

} // namespace ipc
