// `net ping`: is somebody there, and how far away?
#pragma once

#include "kernel/monitor/command.h"
#include "kernel/monitor/network.h"

namespace monitor {

struct PingOptions {
    net::Ipv4Address address{};
    std::uint64_t count = 0;
    std::uint64_t size = 0; ///< Bytes of payload, at most net::Stack::largest_echo.
};

/// Sends one request after the other, each when the one before was answered or given up after a second, and
/// prints what came of it. Ctrl-C ends it.
void run_ping(const Context& context, Network& network, const PingOptions& options);

} // namespace monitor
