// The `commits` command: the CommitLog, counted or in full, for replay on the host.
#pragma once

#include "kernel/monitor/command.h"

namespace monitor {

/// Prints how many commits there were and State's digest; with `dump` the log's bytes, too, as lines of
/// hexadecimal digits that build/host/replay-log reads.
void run_commits(const Context& context, Arguments arguments);

} // namespace monitor
