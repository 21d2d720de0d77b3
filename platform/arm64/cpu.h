// The arm64 CPU: interrupt masking, waiting, and system registers (Arm ARM, chapters C5 and D13).
#pragma once

#include <cstdint>
#include <string_view>

namespace platform {

struct Cpu {
    static constexpr std::string_view architecture = "arm64";
    static constexpr std::uint16_t elf_machine = 183; ///< EM_AARCH64
    using InterruptState = std::uint64_t;             ///< PSTATE.DAIF

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
    static std::uintptr_t frame_record(std::uintptr_t frame) { return frame; }

private:
    static constexpr std::uint64_t irq_masked = 1 << 7;
};

/// What boot.S leaves free at the top of each kernel stack: the word that trap.S finds the emergency stack
/// by, and one for alignment.
inline constexpr std::uintptr_t kernel_stack_reserve = 16;

/// This CPU's affinity, which is how the device tree, PSCI and the GIC know it (Arm ARM D13.2.98, MPIDR_EL1).
inline std::uint64_t own_affinity() {
    std::uint64_t mpidr;
    asm volatile("mrs %0, mpidr_el1" : "=r"(mpidr));
    return mpidr & 0xff'00ff'ffff;
}

/// Whether there are event counters as this architecture defines them (Arm ARM D13.2.57, PMUVer).
inline bool has_performance_monitors() {
    std::uint64_t features;
    asm volatile("mrs %0, id_aa64dfr0_el1" : "=r"(features));
    const std::uint64_t version = features >> 8 & 0xf;
    return version != 0 && version != 0xf;
}

/// The exception level that the kernel runs at: 1, or 2 as a host with VHE.
inline unsigned current_exception_level() {
    std::uint64_t level;
    asm volatile("mrs %0, CurrentEL" : "=r"(level));
    return static_cast<unsigned>(level >> 2) & 3;
}

/// Waits until every access before it is done, and what follows is fetched anew.
inline void synchronize() { asm volatile("dsb sy\n\tisb" ::: "memory"); }

} // namespace platform
