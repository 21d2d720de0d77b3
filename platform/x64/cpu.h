// The x64 CPU: interrupt masking, waiting, and system registers (Intel SDM 3A, chapters 2 and 6).
#pragma once

#include <cstdint>
#include <string_view>

#include "hal/image.h"

namespace platform {

[[gnu::always_inline]] inline std::uint64_t& recorded_vector();

struct Cpu {
    static constexpr std::string_view architecture = "x64";
    static constexpr std::uint16_t elf_machine = 62; ///< EM_X86_64
    using InterruptState = std::uint64_t;            ///< RFLAGS

    [[gnu::always_inline]] static InterruptState mask_interrupts() {
        InterruptState before;
        asm volatile("pushfq\n\tpopq %0\n\tcli" : "=r"(before)::"memory");
        return before;
    }

    [[gnu::always_inline]] static void restore_interrupts(InterruptState state) {
        if (state & interrupt_flag) asm volatile("sti" ::: "memory");
    }

    [[gnu::always_inline]] static bool interrupts_masked() {
        std::uint64_t flags;
        asm volatile("pushfq\n\tpopq %0" : "=r"(flags));
        return (flags & interrupt_flag) == 0;
    }

    /// HLT wakes only for an interrupt that is taken. STI lets none in before the instruction behind it
    /// (Intel SDM 2B, STI), so that none is lost between the two; trap.S records its vector and returns with
    /// IF clear, so that it is one.
    static void idle() {
        if (recorded_vector() == 0) asm volatile("sti\n\thlt\n\tcli" ::: "memory");
    }

    [[gnu::always_inline]] static void relax() { asm volatile("pause" ::: "memory"); }

    static void halt() {
        for (;;) asm volatile("cli\n\thlt");
    }

    [[gnu::always_inline]] static std::uintptr_t stack_pointer() {
        std::uintptr_t sp;
        asm volatile("movq %%rsp, %0" : "=r"(sp));
        return sp;
    }

    [[gnu::always_inline]] static std::uintptr_t frame_pointer() {
        return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    }

    // System V ABI for AMD64 3.2.2: RBP points at {caller's RBP, return address}.
    static std::uintptr_t frame_record(std::uintptr_t frame) { return frame; }

private:
    static constexpr std::uint64_t interrupt_flag = 1 << 9;
};

/// The vector that trap.S recorded on this CPU and claim_interrupt has not yet taken; 0 when there is none,
/// for vector 0 is an exception. It is the first of the platform's words in hal::CpuLocal.
inline std::uint64_t& recorded_vector() {
    constexpr std::uintptr_t offset = 16; // trap.S and trap.cpp say the same.
    const std::uintptr_t local = Cpu::stack_pointer() & ~(hal::kernel_stack_size - 1);
    return *reinterpret_cast<std::uint64_t*>(local + offset);
}

/// What CPUID answers in its four registers (Intel SDM 2A, CPUID).
struct CpuIdentification {
    std::uint32_t eax, ebx, ecx, edx;
};

inline CpuIdentification identify(std::uint32_t leaf) {
    CpuIdentification answer;
    asm volatile("cpuid"
                 : "=a"(answer.eax), "=b"(answer.ebx), "=c"(answer.ecx), "=d"(answer.edx)
                 : "a"(leaf), "c"(0));
    return answer;
}

/// The local APIC id of the CPU that executes this.
inline std::uint32_t local_apic_id() { return identify(1).ebx >> 24; }

inline std::uint64_t read_model_specific(std::uint32_t number) {
    std::uint32_t low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
    return static_cast<std::uint64_t>(high) << 32 | low;
}

inline void write_model_specific(std::uint32_t number, std::uint64_t value) {
    asm volatile("wrmsr" ::"a"(static_cast<std::uint32_t>(value)),
                 "d"(static_cast<std::uint32_t>(value >> 32)), "c"(number)
                 : "memory");
}

inline std::uint64_t read_control_0() {
    std::uint64_t value;
    asm volatile("movq %%cr0, %0" : "=r"(value));
    return value;
}

inline void write_control_0(std::uint64_t value) { asm volatile("movq %0, %%cr0" ::"r"(value) : "memory"); }

/// The address of the last page fault.
inline std::uint64_t read_control_2() {
    std::uint64_t value;
    asm volatile("movq %%cr2, %0" : "=r"(value));
    return value;
}

inline std::uint64_t read_control_4() {
    std::uint64_t value;
    asm volatile("movq %%cr4, %0" : "=r"(value));
    return value;
}

inline void write_control_4(std::uint64_t value) { asm volatile("movq %0, %%cr4" ::"r"(value) : "memory"); }

/// The time-stamp counter, not read ahead of earlier loads (Intel SDM 2B, RDTSC).
inline std::uint64_t read_time_stamp() {
    std::uint32_t low, high;
    asm volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high)::"memory");
    return static_cast<std::uint64_t>(high) << 32 | low;
}

} // namespace platform
