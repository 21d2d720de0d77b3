// The end of a kernel that found itself wrong: see base::panic for causing it.
#pragma once

namespace trace {

/// After a panic the machine stops where it is, for a debugger, instead of ending QEMU with a failing status.
/// For `APPEND=panic=halt`.
void halt_on_panic();

} // namespace trace
