// The `blk` command: block devices, tried out by hand.
#pragma once

#include "kernel/monitor/command.h"

namespace monitor {

/// `blk read`, `write`, `flush`, `discard`, `test`, `stat` and `use`; without a word it behind lists them.
void run_blk(const Context& context, Arguments arguments);

} // namespace monitor
