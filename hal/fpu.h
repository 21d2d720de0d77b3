// Floating-point and SIMD registers: off until a thread first uses them, so that most switches never touch
// them.
#pragma once

#include <platform/fpu.h>

#include <concepts>

namespace hal {

/// What platform/<arch>/fpu.h owes as `platform::Fpu`. The kernel itself never uses these registers.
///
/// - State holds them all, with their control and status; State{} is what a thread begins with.
/// - enable() opens them for user mode on this CPU; disable() makes their next use a UserFault of kind
///   fpu_off.
/// - save(state), load(state) move them; they must be enabled.
template <class F>
concept FpuOperations = requires(typename F::State state, const typename F::State saved) {
    { F::enable() } -> std::same_as<void>;
    { F::disable() } -> std::same_as<void>;
    { F::save(state) } -> std::same_as<void>;
    { F::load(saved) } -> std::same_as<void>;
};

using Fpu = platform::Fpu;

} // namespace hal
