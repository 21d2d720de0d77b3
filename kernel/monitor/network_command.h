// The `net` command: the network from the prompt.
#pragma once

#include "kernel/monitor/command.h"

namespace monitor {

/// Does what its first word says; without one, lists what it can do.
void run_net(const Context& context, Arguments arguments);

} // namespace monitor
