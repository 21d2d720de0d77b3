// A thread's registers on arm64, as trap.S saves them and context.S takes them back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernel/base/address.h"

namespace platform {

/// In user mode SP_ELx points here, and must be aligned by 16 (Arm ARM D1.8.2).
///
/// TPIDR_EL0, which user mode can write, is not kept: it reads as 0 after each return from the kernel.
struct alignas(16) UserContext {
    static UserContext create(base::VirtualAddress entry, base::VirtualAddress stack,
                              std::uint64_t argument) {
        return {.x = {argument}, .sp = stack.value, .pc = entry.value, .status = user_mode};
    }

    std::uint64_t system_call() const {
        // [lab 10: pass words in registers]
        return x[8];
        // [/lab]
    }

    std::uint64_t argument(unsigned index) const {
        // [lab 10: pass words in registers]
        return x[index];
        // [/lab]
    }

    void set_result(std::uint64_t result, std::uint64_t first, std::uint64_t second) {
        // [lab 10: pass words in registers]
        x[0] = result;
        x[1] = first;
        x[2] = second;
        // [/lab]
    }

    void set_status(std::uint64_t result) { x[0] = result; }

    void set_value(unsigned index, std::uint64_t value) { x[1 + index] = value; }

    void repeat_system_call() {
        // [lab 10: pass words in registers]
        pc -= svc_size;
        // [/lab]
    }

    void set_program_counter(base::VirtualAddress address) { pc = address.value; }

    base::VirtualAddress program_counter() const { return {pc}; }

    base::VirtualAddress stack_pointer() const { return {sp}; }

    base::VirtualAddress frame_pointer() const { return {x[29]}; }

    std::array<std::uint64_t, 31> x{};
    std::uint64_t sp = 0;
    std::uint64_t pc = 0;
    std::uint64_t status = 0; ///< As SPSR_ELx holds it: PSTATE.

private:
    /// EL0, AArch64, all exceptions open but FIQ, which no interrupt of ours is (Arm ARM C5.2.18, SPSR_EL1).
    static constexpr std::uint64_t user_mode = 1 << 6;
    static constexpr std::uint64_t svc_size = 4;
};

static_assert(offsetof(UserContext, sp) == 248 && offsetof(UserContext, pc) == 256 &&
                  sizeof(UserContext) == 272,
              "trap.S and context.S know this layout");

} // namespace platform
