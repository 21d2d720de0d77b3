// Locality-specific interrupts of a GICv3: INTIDs from 8192 on, whose state is not in registers but in memory
// that the redistributor reads and writes (Arm IHI 0069, chapter 5).
//
// They are edges and have no active state: dropping one's priority ends it, and nothing is deactivated.
#pragma once

#include "platform/arm64/gic.h"

namespace platform::gic::lpi {

inline constexpr std::uint32_t first = 8192;
inline constexpr std::uint32_t limit = 16384; ///< INTIDs of 14 bits, the fewest that an LPI can have.

/// Gives a CPU's redistributor its tables, and lets it take LPIs; all are closed. False when it cannot have
/// any, or firmware has given it other tables.
bool initialize(const RegisterBlock& redistributor);

/// Opens or closes an LPI, first <= intid < limit. Who translates to it must be told to look again.
void set_enabled(std::uint32_t intid, bool enabled);

} // namespace platform::gic::lpi
