// What the monitor's `memory` command shows.
#pragma once

#include "hal/boot.h"
#include "kernel/base/format.h"

namespace memory {

/// Prints RAM and what is reserved of it, free frames, the heap's slots, and the kernel image's mappings.
/// After initialize().
void report(const hal::BootInfo& boot_info, base::Sink sink);

} // namespace memory
