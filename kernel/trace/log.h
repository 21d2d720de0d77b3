// Where log lines go: see base::log for writing them.
#pragma once

#include "kernel/base/format.h"

namespace trace {

/// Prints every line that the log still holds.
void print_log(base::Sink sink);

} // namespace trace
