// The kernel's address space: what boot.S mapped by large blocks is replaced by exact mappings.
//
//     direct map     all RAM, read-write; the image's text and rodata in it read-only. Devices, as devices.
//     kernel image   text r-x, rodata r--, data rw-, stacks rw-; in between pages that are not mapped: guards
//
// Nothing in it is both writable and executable, and nothing is reachable from user mode.
#pragma once

#include <span>

#include "hal/boot.h"
#include "kernel/base/static_vector.h"
#include "kernel/memory/kernel_image.h"
#include "kernel/memory/page_table.h"

namespace memory {

using KernelTable = PageTable<hal::NativePageFormat>;
using RangeList = base::StaticVector<base::PhysicalRange, 66>;

/// How many bytes of physical memory, from 0 on, the direct map can show: it must not run into the image.
std::uint64_t direct_map_reach(const KernelImage& image);

/// The whole pages of RAM that the direct map reaches; says so when it leaves some out.
RangeList reachable_ram(const hal::BootInfo& boot_info, std::uint64_t reach);

/// Maps those pages of a device's registers that are not mapped yet, for several devices may share one.
/// Error::too_large beyond `reach`, Error::out_of_memory.
std::expected<void, Error> map_registers(KernelTable& table, base::PhysicalRange range, std::uint64_t reach);

/// Maps image, RAM and devices into an empty table. RAM and image must have room, else this panics; a
/// register range that cannot be mapped is left out with a line in the log, and what is mapped already stays
/// as it is.
void map_kernel_space(KernelTable& table, const KernelImage& image, std::span<const base::PhysicalRange> ram,
                      const hal::BootInfo& boot_info);

} // namespace memory
