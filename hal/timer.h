// Time: a counter that only goes forward, and one deadline per CPU.
#pragma once

#include <cstdint>
#include <string_view>

#include "hal/boot.h"
#include "kernel/base/time.h"

namespace hal {

/// Finds the counter's frequency (from firmware, or by calibration) and opens the timer's interrupt. Needs
/// interrupts initialised.
void timer_initialize(const BootInfo& boot_info);

/// Time since boot, from the hardware counter; 0 until the counter's frequency is known. Any context.
base::Nanoseconds now();

/// Asks for one timer interrupt on this CPU at `deadline` (at once when it has passed); replaces the former
/// deadline.
void set_deadline(base::Nanoseconds deadline);

/// Withdraws the deadline: no timer interrupt until the next set_deadline.
void clear_deadline();

/// The counter and its frequency, for people.
std::string_view timer_name();
std::uint64_t timer_frequency();

} // namespace hal
