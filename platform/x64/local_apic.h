// The local APIC: takes interrupts for one CPU, and holds its timer (Intel SDM 3A, chapter 10).
#pragma once

#include "hal/boot.h"

namespace platform::local_apic {

/// Switches on this CPU's local APIC, whose registers are at that address. Panics when firmware left it in
/// x2APIC mode, where they are not.
void initialize(base::PhysicalAddress registers);

/// The interrupt being served is done: others of its class or below may come.
void end_of_interrupt();

/// Counts down once from `ticks`, then interrupts with vector::timer; 0 stops it. The frequency is unknown
/// until it is measured.
void start_timer(std::uint32_t ticks);

/// What is left of the count.
std::uint32_t timer_count();

} // namespace platform::local_apic
