// The parts of test-ipc: cases, and what copies of it do for them.
#pragma once

#include "user/lib/case.h"

namespace test {

using trivium::Cases;

extern const Cases exchange_cases, exchange_roles; ///< Send and receive, call and reply: in all places.
extern const Cases ending_cases, ending_roles;     ///< Suspending and killing, at each stage.
extern const Cases closing_cases;                  ///< Endpoints that end.
extern const Cases right_cases;                    ///< Who may do what.
extern const Cases content_cases, content_roles;   ///< Bytes of every length.
extern const Cases transfer_cases, transfer_roles; ///< Capabilities.
extern const Cases lending_cases, lending_roles;   ///< Memory that was given, and is taken back.
extern const Cases time_cases;                     ///< Deadlines, and races with them.
extern const Cases load_cases, load_roles;         ///< Many senders, whose badges are right.
extern const Cases notification_cases;             ///< Signals, timers, and threads that take both.
extern const Cases priority_cases;                 ///< Who is served first, and who lends whom.
extern const Cases fault_cases, fault_roles;       ///< Faults as calls to a handler.

} // namespace test
