// x87, MMX and SSE registers on x64 (Intel SDM 1, 10.5; SDM 3A, 13.4). AVX stays off: CR4.OSXSAVE is clear.
#pragma once

#include <array>
#include <cstdint>

#include "platform/x64/cpu.h"

namespace platform {

struct Fpu {
    /// The area of FXSAVE, with what FNINIT and a reset put into the control registers: all exceptions
    /// masked.
    struct alignas(16) State {
        std::uint16_t x87_control = 0x37f;
        std::uint16_t x87_status = 0;
        std::uint8_t x87_registers_in_use = 0;
        std::uint8_t reserved = 0;
        std::uint16_t x87_opcode = 0;
        std::uint64_t x87_instruction = 0;
        std::uint64_t x87_operand = 0;
        std::uint32_t simd_control = 0x1f80; ///< MXCSR
        std::uint32_t simd_control_mask = 0;
        std::array<std::uint64_t, 60> registers{};
    };

    static_assert(sizeof(State) == 512);

    static void enable() { asm volatile("clts"); }

    /// CR0.TS: any use is a device-not-available exception (Intel SDM 3A, 2.5).
    static void disable() { write_control_0(read_control_0() | task_switched); }

    static void save(State& state) { asm volatile("fxsave64 %0" : "=m"(state)); }

    /// Some CPUs load the addresses of the last x87 instruction only along with an exception: those of the
    /// thread before are cleared first.
    static void load(const State& state) { asm volatile("fninit\n\tfxrstor64 %0" ::"m"(state)); }

private:
    static constexpr std::uint64_t task_switched = 1 << 3;
};

} // namespace platform
