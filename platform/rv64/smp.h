// The harts that did not boot.
#pragma once

#include "hal/boot.h"

namespace platform {

/// Makes the other harts sleep instead of spin, as this kernel runs on one. Needs image_to_physical.
void quiet_other_harts(const hal::BootInfo& boot_info);

} // namespace platform
