// Crashing on purpose, to see what the kernel says.
#pragma once

#include <string_view>

#include "kernel/base/format.h"

namespace monitor {

/// Makes the mistake that `kind` names, which ends in a panic; lists the kinds when it names none. Returns
/// only then, or where this CPU does not mind.
void provoke(std::string_view kind, base::Sink sink);

} // namespace monitor
