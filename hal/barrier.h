// Ordering of memory accesses as a device with DMA sees them.
#pragma once

#include <platform/barrier.h>

#include <concepts>

namespace hal {

/// What platform/<arch>/barrier.h owes as `platform::Barrier`: inline, for normal memory shared with devices,
/// and for register writes that tell a device to look at it.
///
/// - before_publish(): what was written before is seen by a device that sees what is written after.
/// - after_observe(): what is read after is at least as new as what was read before.
/// - full(): both, and a write before is seen before a read after is made (for "did I miss something?").
template <class B>
concept BarrierOperations = requires {
    { B::before_publish() } -> std::same_as<void>;
    { B::after_observe() } -> std::same_as<void>;
    { B::full() } -> std::same_as<void>;
};

using Barrier = platform::Barrier;

} // namespace hal
