// The instruction that enters the kernel, and the registers that it goes by.
#pragma once

#include "user/lib/call_result.h"

namespace machine {

/// A call without arguments.
inline Result system_call(std::uint64_t number) {
    register std::uint64_t x8 asm("x8") = number;
    register std::uint64_t x0 asm("x0");
    register std::uint64_t x1 asm("x1");
    register std::uint64_t x2 asm("x2");
    asm volatile("svc #0" : "=r"(x0), "=r"(x1), "=r"(x2) : "r"(x8) : "memory");
    return {x0, x1, x2};
}

/// A call with up to six; those left out are 0.
inline Result system_call(std::uint64_t number, std::uint64_t a, std::uint64_t b = 0, std::uint64_t c = 0,
                          std::uint64_t d = 0, std::uint64_t e = 0, std::uint64_t f = 0) {
    register std::uint64_t x8 asm("x8") = number;
    register std::uint64_t x0 asm("x0") = a;
    register std::uint64_t x1 asm("x1") = b;
    register std::uint64_t x2 asm("x2") = c;
    register std::uint64_t x3 asm("x3") = d;
    register std::uint64_t x4 asm("x4") = e;
    register std::uint64_t x5 asm("x5") = f;
    asm volatile("svc #0" : "+r"(x0), "+r"(x1), "+r"(x2) : "r"(x8), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return {x0, x1, x2};
}

/// A call with six that gives a message.
inline MessageResult message_call(std::uint64_t number, std::uint64_t a, std::uint64_t b, std::uint64_t c,
                                  std::uint64_t d, std::uint64_t e, std::uint64_t f) {
    register std::uint64_t x8 asm("x8") = number;
    register std::uint64_t x0 asm("x0") = a;
    register std::uint64_t x1 asm("x1") = b;
    register std::uint64_t x2 asm("x2") = c;
    register std::uint64_t x3 asm("x3") = d;
    register std::uint64_t x4 asm("x4") = e;
    register std::uint64_t x5 asm("x5") = f;
    register std::uint64_t x6 asm("x6");
    asm volatile("svc #0"
                 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "=r"(x6)
                 : "r"(x8)
                 : "memory");
    return {x0, x1, x2, {x3, x4, x5, x6}};
}

/// Reads from an address, by one instruction of a size that a fault handler can rely on to skip it.
inline void probe(std::uint64_t address) { asm volatile("ldr wzr, [%0]" ::"r"(address) : "memory"); }

inline constexpr std::uint64_t probe_size = 4;

/// Loads a word so that a store would fail if it has been written to since, makes a system call, and stores
/// it back: whether the store was made.
inline bool store_after_call(std::uint64_t& word, std::uint64_t number) {
    register std::uint64_t x8 asm("x8") = number;
    std::uint64_t failed = 0;
    asm volatile("ldxr x9, [%1]\n\tsvc #0\n\tstxr %w0, x9, [%1]"
                 : "=&r"(failed)
                 : "r"(&word), "r"(x8)
                 : "x0", "x1", "x2", "x9", "memory");
    return failed == 0;
}

/// An instruction that no CPU of this architecture knows, and never will.
[[noreturn]] inline void undefined_instruction() {
    asm volatile("udf #0");
    __builtin_unreachable();
}

/// An instruction for the kernel alone: masks interrupts.
inline void privileged_instruction() { asm volatile("msr daifset, #2"); }

} // namespace machine
