// What two processes cost that work for each other.
#pragma once

#include <string_view>

#include "user/bench/operations.h"

namespace bench {

/// A call to another process and its reply.
trivium::Result<Measured> ipc_round_trip();
/// What a capability adds to a message.
trivium::Result<Measured> capability_transfer();
/// A fault, told to a handler in another process, and back.
trivium::Result<Measured> fault_round_trip();
/// Revoking a capability, for each that was derived from it.
trivium::Result<Measured> revoke_per_child();

/// What they start of this program: one that answers.
inline constexpr std::string_view answerer_argument = "answerer";
int be_answerer();
/// One that faults, and tells how long that took.
inline constexpr std::string_view faulter_argument = "faulter";
int be_faulter();

} // namespace bench
