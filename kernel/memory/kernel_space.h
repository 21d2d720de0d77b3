// Brings memory up at boot, and holds the kernel's one page table, frame allocator and heap.
//
//     initialize:  early frames -> page table -> in force -> frames -> heap
//
// Until the kernel's own page table is in force only `early_window` can be reached: its tables lie there.
#pragma once

#include "hal/boot.h"
#include "kernel/memory/frames.h"
#include "kernel/memory/heap.h"
#include "kernel/memory/kernel_map.h"

namespace memory {

/// Builds the kernel's address space, puts it in force, and starts frames and heap. Once, on the boot CPU;
/// panics with what is wrong when the machine's memory cannot carry the kernel.
void initialize(const hal::BootInfo& boot_info);

/// The page table in force in the kernel's half. Panics before initialize().
KernelTable& kernel_table();

/// Where the tables lie that initialize() made before there were frames to take.
base::PhysicalRange early_tables();

} // namespace memory
