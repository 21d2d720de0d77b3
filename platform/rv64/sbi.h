// Calls to the firmware below the kernel (RISC-V Supervisor Binary Interface 1.0).
#pragma once

#include <cstdint>

namespace platform::sbi {

enum class Extension : std::uint64_t {
    timer = 0x54494d45,         // "TIME", chapter 6
    inter_processor = 0x735049, // "sPI", chapter 7
    hart_state = 0x48534d,      // "HSM", chapter 9
    system_reset = 0x53525354,  // "SRST", chapter 10
};

/// What a call gives back: an error, 0 for success, and a value.
struct Result {
    std::int64_t error = 0;
    std::uint64_t value = 0;
};

inline constexpr std::int64_t not_supported = -2;

/// Chapter 3: extension and function in a7 and a6, arguments from a0 on; a0 and a1 come back changed.
inline Result call(Extension extension, std::uint64_t function, std::uint64_t first, std::uint64_t second = 0,
                   std::uint64_t third = 0) {
    register std::uint64_t a0 asm("a0") = first;
    register std::uint64_t a1 asm("a1") = second;
    register std::uint64_t a2 asm("a2") = third;
    register std::uint64_t a6 asm("a6") = function;
    register auto a7 asm("a7") = static_cast<std::uint64_t>(extension);
    asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
    return {static_cast<std::int64_t>(a0), a1};
}

/// Asks for a timer interrupt on this hart once the `time` register reaches `tick`; takes back a pending one.
inline void set_timer(std::uint64_t tick) { call(Extension::timer, 0, tick); }

/// Makes a software interrupt pending on one hart.
inline void interrupt_hart(std::uint64_t hart) { call(Extension::inter_processor, 0, 1, hart); }

/// Lets a stopped hart begin at a physical address, with the MMU off and `argument` in a1.
inline Result start_hart(std::uint64_t hart, std::uint64_t address, std::uint64_t argument) {
    return call(Extension::hart_state, 0, hart, address, argument);
}

enum class HartState : std::uint64_t { started = 0, stopped = 1, start_pending = 2, stop_pending = 3 };

/// The value is a HartState.
inline Result hart_state(std::uint64_t hart) { return call(Extension::hart_state, 2, hart); }

enum class Reset : std::uint32_t { shutdown = 0, cold_reboot = 1 };
enum class Reason : std::uint32_t { none = 0, system_failure = 1 };

/// Returns only when firmware has no way to do it.
inline void system_reset(Reset type, Reason reason) {
    call(Extension::system_reset, 0, static_cast<std::uint64_t>(type), static_cast<std::uint64_t>(reason));
}

} // namespace platform::sbi
