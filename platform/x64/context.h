// The user registers of x64, laid out as the CPU and trap.S push them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/base/address.h"

namespace platform {

// Selectors of user mode, privilege level 3. SYSRET wants the code segment right behind the data segment
// (Intel SDM 2B, SYSRET).
inline constexpr std::uint16_t user_data_selector = 3 << 3 | 3;
inline constexpr std::uint16_t user_code_selector = 4 << 3 | 3;

/// TSS.RSP0 points at its end, where the CPU pushes rip to ss when user mode is interrupted (Intel SDM 3A,
/// 6.14.2); the CPU aligns that end to 16 bytes. A system call writes neither cs nor ss: user mode has but
/// one of each.
struct alignas(16) UserContext {
    std::uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    std::uint64_t rdi, rsi, rbp, rbx, rdx, rcx, rax;
    std::uint64_t vector, error_code;
    std::uint64_t rip, cs, rflags, rsp, ss;

    static UserContext create(base::VirtualAddress entry, base::VirtualAddress stack,
                              std::uint64_t argument) {
        constexpr std::uint64_t interrupts_open = 1 << 9;
        constexpr std::uint64_t always_one = 1 << 1;
        UserContext context{};
        context.rdi = argument;
        context.set_program_counter(entry);
        context.cs = user_code_selector;
        context.rflags = interrupts_open | always_one;
        context.rsp = stack.value;
        context.ss = user_data_selector;
        return context;
    }

    std::uint64_t system_call() const {
        // [lab 10: pass words in registers]
        return rax;
        // [/lab]
    }

    std::uint64_t argument(unsigned index) const {
        // [lab 10: pass words in registers]
        switch (index) {
        case 0: return rdi;
        case 1: return rsi;
        case 2: return rdx;
        case 3: return r10; // SYSCALL has put the return address into rcx.
        case 4: return r8;
        default: return r9;
        }
        // [/lab]
    }

    void set_result(std::uint64_t status, std::uint64_t first, std::uint64_t second) {
        // [lab 10: pass words in registers]
        rax = status;
        rdi = first;
        rsi = second;
        // [/lab]
    }

    void set_status(std::uint64_t status) { rax = status; }

    void set_value(unsigned index, std::uint64_t value) {
        switch (index) {
        case 0: rdi = value; return;
        case 1: rsi = value; return;
        case 2: rdx = value; return;
        case 3: r10 = value; return;
        case 4: r8 = value; return;
        default: r9 = value;
        }
    }

    void repeat_system_call() {
        // [lab 10: pass words in registers]
        constexpr std::uint64_t instruction_size = 2;
        rip -= instruction_size;
        // [/lab]
    }

    /// IRETQ to an address that is not canonical would fault in the kernel (Intel SDM 2A, IRET): of such a
    /// one only the bits that user addresses have are kept, and the thread faults itself.
    void set_program_counter(base::VirtualAddress address) {
        constexpr std::uint64_t user_address_mask = (std::uint64_t{1} << 47) - 1;
        rip = address.value & user_address_mask;
    }

    base::VirtualAddress program_counter() const { return {rip}; }

    base::VirtualAddress stack_pointer() const { return {rsp}; }

    base::VirtualAddress frame_pointer() const { return {rbp}; }
};

static_assert(offsetof(UserContext, rax) == 14 * 8 && offsetof(UserContext, vector) == 15 * 8 &&
                  offsetof(UserContext, rip) == 17 * 8 && offsetof(UserContext, rflags) == 19 * 8 &&
                  offsetof(UserContext, rsp) == 20 * 8 && sizeof(UserContext) == 22 * 8,
              "trap.S and context.S know this layout");

} // namespace platform
