// Ending: switching the machine off, starting it again, or failing.
#pragma once

#include "hal/boot.h"

namespace hal {

/// Notes how this machine is switched off and reset, from what discovery found.
void power_initialize(const BootInfo& boot_info);

/// Switches the machine off. QEMU ends with status 0. Halts where the machine has no way to.
[[noreturn]] void power_off();

/// Resets the machine.
[[noreturn]] void reboot();

/// Ends QEMU with a non-zero status, for panics; switches off where the machine has no way to say so. Uses no
/// state that a panic may have damaged, and works before power_initialize.
[[noreturn]] void power_off_failing();

} // namespace hal
