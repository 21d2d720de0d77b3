// The first program: found in the initrd, born with all of the machine's capabilities, started again when it
// ends.
#pragma once

#include "hal/boot.h"

namespace process {

/// Makes the machine's objects and init. False, with a line that says why, when there is no initrd or no init
/// in it. Once.
bool start_init(const hal::BootInfo& boot_info);

} // namespace process
