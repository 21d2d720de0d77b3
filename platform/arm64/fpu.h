// Floating-point and SIMD registers of arm64 (Arm ARM B1.2.1), and who may use them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace platform {

struct Fpu {
    struct State;

    static void enable() { control_access(no_trap); }

    static void disable() { control_access(0); }

    static void save(State& state);
    static void load(const State& state);

private:
    /// CPACR_EL1.FPEN; under E2H the name means CPTR_EL2, which has the field in the same place (Arm ARM
    /// D13.2.30). SVE and SME stay off: their first use is an illegal instruction.
    static constexpr std::uint64_t no_trap = 3 << 20;

    static void control_access(std::uint64_t value) {
        asm volatile("msr cpacr_el1, %0\n\tisb" ::"r"(value) : "memory");
    }
};

/// As fpu.S saves it.
struct alignas(16) Fpu::State {
    std::array<std::uint64_t, 2 * 32> v{}; ///< V0 to V31, 128 bits each.
    std::uint64_t status = 0;              ///< FPSR
    std::uint64_t control = 0;             ///< FPCR: round to nearest, nothing trapped.
};

static_assert(offsetof(Fpu::State, status) == 512);

extern "C" void fpu_save(Fpu::State& state);
extern "C" void fpu_load(const Fpu::State& state);

inline void Fpu::save(State& state) { fpu_save(state); }

inline void Fpu::load(const State& state) { fpu_load(state); }

} // namespace platform
