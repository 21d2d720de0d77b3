// The host's user registers: a system call's words under their own names, so that a test can write them and
// look.
#pragma once

#include <array>
#include <cstdint>

#include "kernel/base/address.h"

namespace platform {

struct UserContext {
    static UserContext create(base::VirtualAddress entry, base::VirtualAddress stack,
                              std::uint64_t argument) {
        UserContext context;
        context.counter = entry;
        context.stack = stack;
        context.arguments[0] = argument;
        return context;
    }

    std::uint64_t system_call() const { return number; }

    std::uint64_t argument(unsigned index) const { return arguments[index]; }

    void set_result(std::uint64_t new_status, std::uint64_t first, std::uint64_t second) {
        status = new_status;
        values[0] = first;
        values[1] = second;
    }

    void set_status(std::uint64_t new_status) { status = new_status; }

    void set_value(unsigned index, std::uint64_t value) { values[index] = value; }

    void repeat_system_call() { ++repeats; }

    void set_program_counter(base::VirtualAddress address) { counter = address; }

    base::VirtualAddress program_counter() const { return counter; }

    base::VirtualAddress stack_pointer() const { return stack; }

    base::VirtualAddress frame_pointer() const { return {}; }

    // What tests look at and set.
    std::uint64_t number = 0;
    std::array<std::uint64_t, 6> arguments{};
    std::uint64_t status = 0;
    std::array<std::uint64_t, 6> values{};
    std::uint32_t repeats = 0; ///< How often the call was left to be made again.
    base::VirtualAddress counter{};
    base::VirtualAddress stack{};
};

} // namespace platform
