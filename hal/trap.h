// Exceptions: what a platform tells the kernel about one, and what the kernel owes it in return.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernel/base/address.h"
#include "kernel/base/format.h"
#include "kernel/base/text.h"

namespace hal {

/// All registers at the moment of an exception; only the platform knows its layout.
struct TrapFrame;

/// An exception in terms that no machine owns.
struct Fault {
    base::Text<96> cause{};                        ///< In the manual's own words.
    std::optional<base::VirtualAddress> address{}; ///< What was accessed, if it was an access.
    std::uint64_t code = 0; ///< The raw syndrome: ESR, scause, or vector and error code.
    std::uintptr_t program_counter = 0;
    std::uintptr_t stack_pointer = 0;
    std::uintptr_t frame_pointer = 0;
};

/// Points this CPU at its exception vectors. From here on an exception ends in on_fault.
void trap_initialize();

/// Shows all registers of a frame, several to a line.
void print_registers(const TrapFrame& frame, base::Sink sink);

// The other direction: implemented by the kernel, called by trap.cpp with interrupts masked.

/// An exception that the kernel's own code caused: reports it and does not come back.
[[noreturn]] void on_fault(const Fault& fault, const TrapFrame& frame);

} // namespace hal
