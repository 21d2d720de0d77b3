// The host as CPUs: interrupts are a flag, waiting is counted or handed to whoever plays the other CPUs, and
// the stacks that hold CpuLocal are arrays.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string_view>

namespace platform {

struct Cpu {
    using InterruptState = bool;
    static constexpr std::string_view architecture = "host";
    static constexpr std::uint16_t elf_machine = 0xfffe;

    static InterruptState mask_interrupts() {
        const bool before = masked;
        masked = true;
        return before;
    }

    static void restore_interrupts(InterruptState state) { masked = state; }

    static bool interrupts_masked() { return masked; }

    static void idle() {
        ++idle_count;
        if (on_idle) on_idle();
    }

    static void relax() {
        if (on_relax) on_relax();
    }

    [[noreturn]] static void halt() { std::abort(); }

    static std::uintptr_t stack_pointer() {
        return reinterpret_cast<std::uintptr_t>(&stacks[current]) + sizeof(Stack) / 2;
    }

    static std::uintptr_t frame_pointer() { return 0; }

    static std::uintptr_t frame_record(std::uintptr_t frame) { return frame; }

    // What tests look at and set.
    static inline bool masked = true;
    static inline std::uint64_t idle_count = 0;
    static inline std::function<void()> on_idle;  ///< What happens elsewhere while this CPU waits.
    static inline std::function<void()> on_relax; ///< The same, in the body of a loop that polls.
    static constexpr std::uint32_t count = 8;
    static inline thread_local std::uint32_t current = 0; ///< Which one this thread is: see fake::become_cpu.

private:
    struct alignas(16 * 1024) Stack {
        std::array<std::byte, 16 * 1024> bytes;
    };

    static inline std::array<Stack, count> stacks{};
};

} // namespace platform
