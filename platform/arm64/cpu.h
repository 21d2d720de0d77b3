// The arm64 CPU: interrupt masking, waiting, and system registers (Arm ARM, chapters C5 and D13).
#pragma once

#include <cstdint>
#include <string_view>

namespace platform {

struct Cpu {
    static constexpr std::string_view architecture = "arm64";
    using InterruptState = std::uint64_t; ///< PSTATE.DAIF

    [[gnu::always_inline]] static InterruptState mask_interrupts() {
        InterruptState before;
        asm volatile("mrs %0, daif\n\tmsr daifset, #2" : "=r"(before)::"memory");
        return before;
    }

    [[gnu::always_inline]] static void restore_interrupts(InterruptState state) {
        asm volatile("msr daif, %0" ::"r"(state) : "memory");
    }

    [[gnu::always_inline]] static bool interrupts_masked() {
        std::uint64_t daif;
        asm volatile("mrs %0, daif" : "=r"(daif));
        return (daif & irq_masked) != 0;
    }

    /// WFI wakes for a pending interrupt even while PSTATE.I masks it (Arm ARM D1.6.2).
    [[gnu::always_inline]] static void idle() { asm volatile("dsb sy\n\twfi" ::: "memory"); }

    [[gnu::always_inline]] static void relax() { asm volatile("yield" ::: "memory"); }

    static void halt() {
        mask_interrupts();
        for (;;) asm volatile("wfi");
    }

    [[gnu::always_inline]] static std::uintptr_t stack_pointer() {
        std::uintptr_t sp;
        asm volatile("mov %0, sp" : "=r"(sp));
        return sp;
    }

    [[gnu::always_inline]] static std::uintptr_t frame_pointer() {
        return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    }

    // AAPCS64 6.4.6: the frame record is {caller's x29, x30}, and x29 points at it.
    static std::uintptr_t saved_frame_pointer(std::uintptr_t frame) {
        return reinterpret_cast<const std::uintptr_t*>(frame)[0];
    }

    static std::uintptr_t saved_return_address(std::uintptr_t frame) {
        return reinterpret_cast<const std::uintptr_t*>(frame)[1];
    }

private:
    static constexpr std::uint64_t irq_masked = 1 << 7;
};

/// The exception level that the kernel runs at: 1, or 2 as a host with VHE.
inline unsigned current_exception_level() {
    std::uint64_t level;
    asm volatile("mrs %0, CurrentEL" : "=r"(level));
    return static_cast<unsigned>(level >> 2) & 3;
}

/// Waits until every access before it is done, and what follows is fetched anew.
inline void synchronize() { asm volatile("dsb sy\n\tisb" ::: "memory"); }

} // namespace platform
