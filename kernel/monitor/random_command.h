// Random numbers, shown to a person or written to a disk.
#pragma once

#include "kernel/monitor/command.h"

namespace monitor {

/// `random N` prints N bytes in hexadecimal; `random disk SECTOR N` fills sectors of the first block device;
/// `random stat` shows what was gathered and given; `random test [COUNTER]` shows what ChaCha20 makes of RFC
/// 8439's own examples.
void run_random(const Context& context, Arguments arguments);

} // namespace monitor
