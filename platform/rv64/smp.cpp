// The harts that did not boot: taken from firmware, and made to sleep.
#include "platform/rv64/smp.h"

#include "hal/mmu.h"
#include "platform/rv64/sbi.h"

extern "C" char idle_hart[];

namespace platform {

/// OpenSBI 1.1, which comes with QEMU 7.2, leaves its wake-up signal pending on the harts that it keeps, so
/// that each of them spins around a WFI and a core of the host with it. On a hart that was started it is
/// served.
void quiet_other_harts(const hal::BootInfo& boot_info) {
    for (const hal::Cpu& cpu : boot_info.cpus)
        if (!cpu.is_boot_cpu) sbi::start_hart(cpu.hardware_id, hal::image_to_physical(idle_hart).value);
}

} // namespace platform
