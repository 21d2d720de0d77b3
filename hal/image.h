// The kernel's own image in memory: the symbols that each platform's linker.ld places.
//
//     text | rodata | data bss | guard page(s) | boot stack | guard page | emergency stack | guard page
//
// Between the parts lies at least one page that is never mapped.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/base/address.h"

extern "C" {
extern char kernel_image_start[], kernel_image_end[]; // All of the below, guard pages included.
extern char kernel_text_start[], kernel_text_end[];
extern char kernel_rodata_start[], kernel_rodata_end[];
extern char kernel_data_start[], kernel_data_end[]; // .data and .bss
extern char kernel_boot_stack_start[], kernel_boot_stack_end[];
extern char kernel_emergency_stack_start[],
    kernel_emergency_stack_end[]; // For a fault that the stack itself caused.
}

namespace hal {

/// Size and alignment of each kernel stack: CpuLocal is found by masking the stack pointer. linker.ld says
/// the same.
inline constexpr std::uintptr_t kernel_stack_size = 16 * 1024;

} // namespace hal
