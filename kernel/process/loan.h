// Memory that others were given, and how it is taken back: mappings follow capabilities.
//
//     the object ends                    every window onto it goes
//     a revoke is done                   those windows go that allow what their process may no longer do
//     who made it ends, holding it       the object ends: its frames were charged to him
#pragma once

#include "kernel/object/memory.h"
#include "kernel/process/process.h"

namespace process {

/// Takes away each process's windows onto `memory` that allow more than its capabilities for it do.
void take_back(object::Memory& memory);

/// Ends all memory that a process has made and still holds a capability for. It must be running.
void recall_loans(Process& lender);

/// What registers memory's end. Once, at boot.
void register_memory();

} // namespace process
