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

/// Interrupts the CPU of that index, which has been initialised, with vector::notice.
void notify(std::uint32_t cpu_index);

/// The two interrupts that start a CPU: INIT, and SIPI, which makes it execute a page below 1 MiB.
enum class StartStep { reset, begin };

/// Sends one to the CPU with that local APIC; `page` is the number of the page, for `begin`.
void send_start(std::uint32_t local_apic, StartStep step, std::uint32_t page);

} // namespace platform::local_apic
