// Harts: what each keeps of itself in its CpuLocal, and how those sleep that have not been started.
#pragma once

#include "hal/boot.h"
#include "hal/cpu.h"
#include "hal/image.h"

namespace platform {

/// Indices into hal::CpuLocal::platform.
enum HartWord : unsigned {
    hart_id,      ///< As firmware numbers harts.
    plic_context, ///< See plic.h.
};

/// The word that boot.S leaves free at the top of each kernel stack, and one above it, as sp stays aligned:
/// what trap.S must find whatever has become of the stack. See there.
inline std::uint64_t& top_of_stack(hal::CpuLocal& local) {
    const auto end = reinterpret_cast<std::uintptr_t>(&local) + hal::kernel_stack_size;
    return *reinterpret_cast<std::uint64_t*>(end - 2 * sizeof(std::uint64_t));
}

/// Makes the harts that did not boot sleep until start_cpu() wants them. Needs image_to_physical.
void park_other_harts(const hal::BootInfo& boot_info);

} // namespace platform
