// The host as a CPU: interrupts are a flag, waiting is counted, and the stack that holds CpuLocal is an
// array.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace platform {

struct Cpu {
    using InterruptState = bool;
    static constexpr std::string_view architecture = "host";

    static InterruptState mask_interrupts() {
        const bool before = masked;
        masked = true;
        return before;
    }

    static void restore_interrupts(InterruptState state) { masked = state; }

    static bool interrupts_masked() { return masked; }

    static void idle() { ++idle_count; }

    static void relax() {}

    [[noreturn]] static void halt() { std::abort(); }

    static std::uintptr_t stack_pointer() {
        return reinterpret_cast<std::uintptr_t>(stack.data()) + stack.size() / 2;
    }

    static std::uintptr_t frame_pointer() { return 0; }

    static std::uintptr_t saved_return_address(std::uintptr_t) { return 0; }

    static std::uintptr_t saved_frame_pointer(std::uintptr_t) { return 0; }

    // What tests look at and set.
    static inline bool masked = true;
    static inline std::uint64_t idle_count = 0;

private:
    alignas(16 * 1024) static inline std::array<std::byte, 16 * 1024> stack{};
};

} // namespace platform
