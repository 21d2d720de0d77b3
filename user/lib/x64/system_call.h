// The instruction that enters the kernel, and the registers that it goes by.
#pragma once

#include "user/lib/call_result.h"

namespace machine {

/// A call without arguments. The instruction itself destroys rcx and r11.
inline Result system_call(std::uint64_t number) {
    Result result;
    asm volatile("syscall"
                 : "=a"(result.status), "=D"(result.first), "=S"(result.second)
                 : "a"(number)
                 : "rcx", "r11", "memory");
    return result;
}

/// A call with up to six; those left out are 0.
inline Result system_call(std::uint64_t number, std::uint64_t a, std::uint64_t b = 0, std::uint64_t c = 0,
                          std::uint64_t d = 0, std::uint64_t e = 0, std::uint64_t f = 0) {
    register std::uint64_t r10 asm("r10") = d;
    register std::uint64_t r8 asm("r8") = e;
    register std::uint64_t r9 asm("r9") = f;
    Result result{number, a, b};
    asm volatile("syscall"
                 : "+a"(result.status), "+D"(result.first), "+S"(result.second)
                 : "d"(c), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    return result;
}

/// A call with six that gives a message.
inline MessageResult message_call(std::uint64_t number, std::uint64_t a, std::uint64_t b, std::uint64_t c,
                                  std::uint64_t d, std::uint64_t e, std::uint64_t f) {
    register std::uint64_t r10 asm("r10") = d;
    register std::uint64_t r8 asm("r8") = e;
    register std::uint64_t r9 asm("r9") = f;
    MessageResult result{number, a, b, {c}};
    asm volatile("syscall"
                 : "+a"(result.status), "+D"(result.information), "+S"(result.badge), "+d"(result.words[0]),
                   "+r"(r10), "+r"(r8), "+r"(r9)
                 :
                 : "rcx", "r11", "memory");
    result.words[1] = r10;
    result.words[2] = r8;
    result.words[3] = r9;
    return result;
}

/// Reads from an address, by one instruction of a size that a fault handler can rely on to skip it.
inline void probe(std::uint64_t address) { asm volatile("movb (%%rax), %%al" : "+a"(address)::"memory"); }

inline constexpr std::uint64_t probe_size = 2;

/// Loads a word so that a store would fail if it has been written to since, makes a system call, and stores
/// it back: whether the store was made. This machine has no such loads.
inline bool store_after_call(std::uint64_t&, std::uint64_t number) {
    (void)system_call(number);
    return false;
}

/// An instruction that no CPU of this architecture knows, and never will.
[[noreturn]] inline void undefined_instruction() {
    asm volatile("ud2");
    __builtin_unreachable();
}

/// An instruction for the kernel alone: masks interrupts.
inline void privileged_instruction() { asm volatile("cli"); }

} // namespace machine
