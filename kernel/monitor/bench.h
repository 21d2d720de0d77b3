// The `bench` command: how much work an operation is. tools/bench.py makes the table of all architectures.
#pragma once

#include "kernel/monitor/command.h"

namespace monitor {

/// Runs the benchmark that is named and prints `bench NAME VALUE UNIT`; without a name, lists them.
void run_bench(const Context& context, Arguments arguments);

} // namespace monitor
