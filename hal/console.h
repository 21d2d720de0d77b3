// The serial console: characters out by polling, characters in by interrupt.
#pragma once

#include <optional>

#include "hal/boot.h"

namespace hal {

/// Makes the console at its well-known address usable, through boot.S's mapping; nothing before this can be
/// seen.
void console_initialize_early();

/// Moves on to the console that discovery found, and lets it interrupt when a character has come. Returns its
/// line, unmasked at the device but not at the controller; nothing when the machine lists no console: output
/// then stays where it was.
std::optional<InterruptLine> console_initialize(const BootInfo& boot_info);

/// Sends one character; waits while the device's queue is full.
void console_put(char character);

/// The next character that was typed, if there is one. Taking the last one clears the interrupt.
std::optional<char> console_get();

} // namespace hal
