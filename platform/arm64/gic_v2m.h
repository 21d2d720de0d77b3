// Message interrupts of a GICv2: a frame of registers that raises shared lines (Arm, Server Base System
// Architecture 3.1, appendix E: GICv2m).
#pragma once

#include <expected>

#include "hal/interrupt.h"

namespace platform::gic::v2m {

/// Uses the frame that the device describes.
void initialize(const hal::Device& device);

/// Takes one of its lines; Error::unsupported without a frame, Error::out_of_memory when all are taken.
std::expected<hal::MessageInterrupt, abi::Error> allocate();

} // namespace platform::gic::v2m
