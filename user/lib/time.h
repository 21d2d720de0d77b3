// The clock, and waiting for it.
#pragma once

#include <cstdint>

#include "kernel/base/time.h"
#include "user/lib/calls.h"

namespace trivium {

using base::milliseconds;
using base::Nanoseconds;
using base::seconds;

/// Time since boot.
inline Nanoseconds now() { return {call::time().value_or(0)}; }

/// Waits for at least that long.
inline void sleep_for(Nanoseconds duration) { (void)call::sleep((now() + duration).value); }

} // namespace trivium
