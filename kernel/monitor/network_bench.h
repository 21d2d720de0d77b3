// `net bench`: what a frame costs.
#pragma once

#include "kernel/monitor/command.h"
#include "kernel/monitor/network.h"

namespace monitor {

/// Exchanges `count` echo requests and replies of 64 bytes with the gateway, and prints `bench net_frame N
/// instructions`: the time that the kernel was busy for one frame, sent or received, from building it to the
/// end of its interrupt, without that of waiting. It is a number of instructions where QEMU counts one as a
/// nanosecond (-icount shift=0).
void run_network_bench(const Context& context, Network& network, std::uint64_t count);

} // namespace monitor
