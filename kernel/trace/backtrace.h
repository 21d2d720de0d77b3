// Who called whom: a walk up the frame pointers of a kernel stack.
#pragma once

#include <cstdint>

#include "kernel/base/format.h"

namespace trace {

/// Prints one line per function that is still to be returned to, found from `frame_pointer` on: first the one
/// that called the frame's owner. Stops at the first frame that is in no kernel stack, so that damaged stacks
/// are safe to walk.
void print_backtrace(std::uintptr_t frame_pointer, base::Sink sink);

/// The same, beginning with the function that a fault happened in.
void print_backtrace_of_fault(std::uintptr_t program_counter, std::uintptr_t frame_pointer, base::Sink sink);

} // namespace trace
