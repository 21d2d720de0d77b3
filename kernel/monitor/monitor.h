// The debug prompt: a person types a command, the kernel answers.
#pragma once

#include "hal/boot.h"

namespace monitor {

/// Reads and executes commands for ever.
[[noreturn]] void run(const hal::BootInfo& boot_info);

} // namespace monitor
