// Who starts clients and servers, does things to them, and reckons up at the end.
#pragma once

#include <cstdint>

#include "user/lib/time.h"
#include "user/stress-ipc/ledger.h"

namespace stress {

/// Returns an exit code, after a line that says what there was.
int direct(trivium::Nanoseconds duration, std::uint64_t seed);

} // namespace stress
