// The rv64 CPU: interrupt masking, waiting, and the frame that its calling convention saves (RISC-V
// Privileged 4.1; RISC-V ELF psABI, chapter 1).
#pragma once

#include <cstdint>
#include <string_view>

#include "platform/rv64/csr.h"

namespace platform {

struct Cpu {
    static constexpr std::string_view architecture = "rv64";
    static constexpr std::uint16_t elf_machine = 243; ///< EM_RISCV
    using InterruptState = std::uint64_t;             ///< sstatus

    [[gnu::always_inline]] static InterruptState mask_interrupts() {
        return csr::sstatus::clear(sstatus_interrupts_enabled);
    }

    [[gnu::always_inline]] static void restore_interrupts(InterruptState state) {
        if (state & sstatus_interrupts_enabled)
            csr::sstatus::set(sstatus_interrupts_enabled);
        else
            csr::sstatus::clear(sstatus_interrupts_enabled);
    }

    [[gnu::always_inline]] static bool interrupts_masked() {
        return (csr::sstatus::read() & sstatus_interrupts_enabled) == 0;
    }

    /// WFI wakes for an interrupt that sie lets through even while sstatus.SIE masks it (Privileged 3.3.3).
    [[gnu::always_inline]] static void idle() { asm volatile("wfi" ::: "memory"); }

    /// PAUSE (Zihintpause): a FENCE without effect on CPUs that do not know it, and on older assemblers.
    [[gnu::always_inline]] static void relax() { asm volatile(".4byte 0x0100000f" ::: "memory"); }

    static void halt() {
        csr::sie::write(0); // Or what is pending would wake each WFI at once.
        for (;;) asm volatile("wfi");
    }

    [[gnu::always_inline]] static std::uintptr_t stack_pointer() {
        std::uintptr_t sp;
        asm volatile("mv %0, sp" : "=r"(sp));
        return sp;
    }

    [[gnu::always_inline]] static std::uintptr_t frame_pointer() {
        return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    }

    // psABI, frame pointer convention: s0 points above the frame, whose two highest words are {caller's s0,
    // ra}.
    static std::uintptr_t frame_record(std::uintptr_t frame) { return frame - 2 * sizeof(frame); }
};

} // namespace platform
