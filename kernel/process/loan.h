// What a process has made and others were given, memory above all, and how it is taken back.
//
//     the object ends                    every window onto it goes
//     a revoke of it is done             those windows go whose capability is gone
//     who made it ends                   the object ends, of whatever type it is
//
// A window that the kernel has made, as for a program's text, goes by no capability.
#pragma once

#include "kernel/object/memory.h"
#include "kernel/process/process.h"

namespace process {

/// Takes away windows onto `memory` that were made through capabilities which their processes no longer hold.
void take_back(object::Memory& memory);

/// Ends all objects that a process has made. Before it ends itself.
void recall_loans(Process& lender);

/// What registers memory's end. Once, at boot.
void register_memory();

} // namespace process
