// Bringing up the CPUs beyond the first.
#pragma once

#include "hal/boot.h"

namespace schedule {

/// Starts the others that the machine has, up to hal::max_cpus, and waits until each has come or has had its
/// time; says which did not. Once, before there are processes; the kernel lock must be held.
void start_cpus(const hal::BootInfo& boot_info);

} // namespace schedule
