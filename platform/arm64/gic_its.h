// The interrupt translation service of a GICv3: turns "device d says e" into an LPI at a CPU (Arm IHI 0069,
// 5.2).
//
//     write of e to GITS_TRANSLATER, by d ─> device table[d] ─> events of d [e] ─> LPI, collection ─> CPU
//
// The tables are memory of ours that only the service writes; it is told what to put in by commands.
#pragma once

#include <expected>

#include "hal/interrupt.h"

namespace platform::gic::its {

/// Starts the service that the device describes, with one collection: the CPU of the redistributor frame at
/// that address, whose LPIs must be on. False when it is of a kind that this kernel does not drive.
bool initialize(const hal::Device& device, base::PhysicalAddress redistributor);

/// Maps one more event of a device, closed at first. Error::unsupported when initialize() was not called or
/// failed, or for devices beyond the table; Error::out_of_memory; Error::timed_out when it does not answer.
std::expected<hal::MessageInterrupt, abi::Error> allocate(std::uint32_t device);

/// Whether an event is mapped to that INTID.
bool has(std::uint32_t intid);
/// Opens or closes it. has(intid).
void set_enabled(std::uint32_t intid, bool enabled);

} // namespace platform::gic::its
