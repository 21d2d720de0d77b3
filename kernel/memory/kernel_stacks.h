// Kernel stacks of the CPUs beyond the first, in a window of kernel addresses of their own.
//
//     0xffffffffc0000000   | guard | stack 1 | guard | emergency 1 | guard | stack 2 | guard | emergency 2 |
//     …
//
// All four are of one size, the kernel stack's, to which they are aligned; guards are never mapped.
#pragma once

#include <cstdint>
#include <expected>

#include "hal/cpu.h"
#include "kernel/abi/error.h"

namespace memory {

/// Maps both stacks of CPU `index` (from 1 on) and returns what lies at the base of its stack, filled in.
/// Before any user space is made. Error::out_of_memory.
std::expected<hal::CpuLocal*, abi::Error> create_kernel_stacks(std::uint32_t index);

/// The end of the kernel stack that `address` lies in, emergency stacks included, on any CPU; 0 when in none.
std::uintptr_t kernel_stack_end(std::uintptr_t address);

} // namespace memory
