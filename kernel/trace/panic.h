// The end of a kernel that found itself wrong: see base::panic for causing it.
#pragma once

#include <cstdint>

namespace trace {

/// After a panic the machine stops where it is, for a debugger, instead of ending QEMU with a failing status.
/// For `APPEND=panic=halt`.
void halt_on_panic();

/// So many CPUs are up: a panic stops the others, and lets each say where it was.
void stop_cpus_on_panic(std::uint32_t count);

} // namespace trace
