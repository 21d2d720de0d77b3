// The instruction that enters the kernel, and the registers that it goes by.
#pragma once

#include "user/lib/call_result.h"

namespace machine {

/// A call without arguments.
inline Result system_call(std::uint64_t number) {
    register std::uint64_t a7 asm("a7") = number;
    register std::uint64_t a0 asm("a0");
    register std::uint64_t a1 asm("a1");
    register std::uint64_t a2 asm("a2");
    asm volatile("ecall" : "=r"(a0), "=r"(a1), "=r"(a2) : "r"(a7) : "memory");
    return {a0, a1, a2};
}

/// A call with up to six; those left out are 0.
inline Result system_call(std::uint64_t number, std::uint64_t a, std::uint64_t b = 0, std::uint64_t c = 0,
                          std::uint64_t d = 0, std::uint64_t e = 0, std::uint64_t f = 0) {
    register std::uint64_t a7 asm("a7") = number;
    register std::uint64_t a0 asm("a0") = a;
    register std::uint64_t a1 asm("a1") = b;
    register std::uint64_t a2 asm("a2") = c;
    register std::uint64_t a3 asm("a3") = d;
    register std::uint64_t a4 asm("a4") = e;
    register std::uint64_t a5 asm("a5") = f;
    asm volatile("ecall" : "+r"(a0), "+r"(a1), "+r"(a2) : "r"(a7), "r"(a3), "r"(a4), "r"(a5) : "memory");
    return {a0, a1, a2};
}

/// A call with six that gives a message.
inline MessageResult message_call(std::uint64_t number, std::uint64_t a, std::uint64_t b, std::uint64_t c,
                                  std::uint64_t d, std::uint64_t e, std::uint64_t f) {
    register std::uint64_t a7 asm("a7") = number;
    register std::uint64_t a0 asm("a0") = a;
    register std::uint64_t a1 asm("a1") = b;
    register std::uint64_t a2 asm("a2") = c;
    register std::uint64_t a3 asm("a3") = d;
    register std::uint64_t a4 asm("a4") = e;
    register std::uint64_t a5 asm("a5") = f;
    register std::uint64_t a6 asm("a6");
    asm volatile("ecall"
                 : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a5), "=r"(a6)
                 : "r"(a7)
                 : "memory");
    return {a0, a1, a2, {a3, a4, a5, a6}};
}

/// Reads from an address, by one instruction of a size that a fault handler can rely on to skip it.
inline void probe(std::uint64_t address) {
    asm volatile(".option push\n.option norvc\nlw zero, 0(%0)\n.option pop" ::"r"(address) : "memory");
}

inline constexpr std::uint64_t probe_size = 4;

/// Loads a word so that a store would fail if it has been written to since, makes a system call, and stores
/// it back: whether the store was made.
inline bool store_after_call(std::uint64_t& word, std::uint64_t number) {
    register std::uint64_t a7 asm("a7") = number;
    std::uint64_t failed = 0;
    asm volatile("lr.d t0, (%1)\n\tecall\n\tsc.d %0, t0, (%1)"
                 : "=&r"(failed)
                 : "r"(&word), "r"(a7)
                 : "a0", "a1", "a2", "t0", "memory");
    return failed == 0;
}

/// An instruction that no CPU of this architecture knows, and never will.
[[noreturn]] inline void undefined_instruction() {
    asm volatile("unimp");
    __builtin_unreachable();
}

/// An instruction for the kernel alone: masks interrupts.
inline void privileged_instruction() { asm volatile("csrci sstatus, 2"); }

} // namespace machine
