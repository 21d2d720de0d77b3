// Starting the other CPUs on x64: what discovery must keep free for it.
#pragma once

#include "hal/boot.h"

namespace platform {

/// Reserves the page below 1 MiB in which another CPU begins, in real mode. Memory and its reserved parts
/// must be listed already. False when the list of reserved parts is full; where no page is free, CPUs are not
/// started.
bool reserve_trampoline(hal::BootInfo& out);

} // namespace platform
