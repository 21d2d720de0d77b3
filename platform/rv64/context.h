// What rv64 keeps of a thread while it is not in user mode: x1 to x31 and the program counter (RISC-V
// Unprivileged 2.1). A system call has its number in a7 and its arguments from a0 on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernel/base/address.h"

namespace platform {

/// trap.S saves and restores it, and knows where everything lies.
struct UserContext {
    std::array<std::uint64_t, 32> x{}; ///< x[0] is always 0.
    std::uint64_t sepc = 0;            ///< Where it goes on: after a system call, behind the ECALL.
    std::uintptr_t kernel_stack = 0;   ///< Its top, of the hart that this runs on, while it runs.

    static UserContext create(base::VirtualAddress entry, base::VirtualAddress stack,
                              std::uint64_t argument) {
        UserContext context;
        context.sepc = entry.value;
        context.x[sp] = stack.value;
        context.x[a0] = argument;
        return context;
    }

    std::uint64_t system_call() const {
        // [lab 10: pass words in registers]
        return x[a7];
        // [/lab]
    }

    std::uint64_t argument(unsigned index) const {
        // [lab 10: pass words in registers]
        return x[a0 + index];
        // [/lab]
    }

    void set_result(std::uint64_t status, std::uint64_t first, std::uint64_t second) {
        // [lab 10: pass words in registers]
        x[a0] = status;
        x[a0 + 1] = first;
        x[a0 + 2] = second;
        // [/lab]
    }

    void set_status(std::uint64_t status) { x[a0] = status; }

    void set_value(unsigned index, std::uint64_t value) { x[a0 + 1 + index] = value; }

    void repeat_system_call() {
        // [lab 10: pass words in registers]
        sepc -= ecall_size;
        // [/lab]
    }

    void set_program_counter(base::VirtualAddress address) { sepc = address.value; }

    base::VirtualAddress program_counter() const { return {sepc}; }

    base::VirtualAddress stack_pointer() const { return {x[sp]}; }

    base::VirtualAddress frame_pointer() const { return {x[fp]}; }

private:
    // Numbers of registers that have a name (RISC-V ELF psABI, chapter 1).
    static constexpr unsigned sp = 2;
    static constexpr unsigned fp = 8;
    static constexpr unsigned a0 = 10;
    static constexpr unsigned a7 = 17;
    static constexpr std::uint64_t ecall_size = 4;
};

} // namespace platform
