// Characters typed at the console, queued by its interrupt until somebody reads them.
#pragma once

#include <optional>

#include "hal/boot.h"

namespace device {

/// Brings up the console that discovery found and listens to it. Logs when there is none to listen to.
void console_input_initialize(const hal::BootInfo& boot_info);

using CharacterHook = bool (*)(char character);
using InputHook = void (*)();

/// From now on each character that comes is shown to `takes_character` first, and queued unless that returns
/// true; `on_input` is called after characters were queued. Both from the interrupt. Either may be null.
void set_console_hooks(CharacterHook takes_character, InputHook on_input);

/// The next character that was typed; interrupts must be masked.
std::optional<char> read_character();

/// Whether Ctrl-C is among what was typed and not yet read; takes out everything up to it.
bool was_interrupted();

} // namespace device
