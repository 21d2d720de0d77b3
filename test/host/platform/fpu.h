// The host's floating-point registers: one word on each CPU, only to be touched while it is enabled there.
#pragma once

#include <platform/cpu.h>

#include <array>
#include <cstdint>
#include <cstdlib>

namespace platform {

/// One CPU's.
struct FpuUnit {
    bool enabled = false;
    std::uint64_t registers = 0;
};

struct Fpu {
    struct State {
        std::uint64_t value = 0;
    };

    static void enable() { unit().enabled = true; }

    static void disable() { unit().enabled = false; }

    static void save(State& state) { state.value = opened().registers; }

    static void load(const State& state) { opened().registers = state.value; }

    /// What tests look at and set.
    static FpuUnit& unit() { return units[Cpu::current]; }

private:
    static FpuUnit& opened() {
        if (!unit().enabled) std::abort();
        return unit();
    }

    static inline std::array<FpuUnit, Cpu::count> units{};
};

} // namespace platform
