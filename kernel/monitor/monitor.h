// The debug prompt: a person types a command, the kernel answers.
#pragma once

#include "hal/boot.h"

namespace monitor {

/// Reads and executes commands until Ctrl-] is typed. The kernel lock must be held; it is dropped while the
/// prompt waits.
void run(const hal::BootInfo& boot_info);

} // namespace monitor
