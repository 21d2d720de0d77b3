// Exceptions: what a platform tells the kernel about one, and what the kernel owes it in return.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "hal/context.h"
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

/// An exception that user code caused.
struct UserFault {
    enum class Kind {
        access,              ///< A translation or protection fault at `address`.
        fpu_off,             ///< First use of floating point since Fpu::disable().
        illegal_instruction, ///< Undefined, privileged, or not available to user mode.
        breakpoint,
        misaligned, ///< An access or jump that is not aligned as it must be.
        arithmetic, ///< Division by zero and the like, where the CPU traps it.
        other,
    };
    enum class Access { none, read, write, execute };
    Kind kind = Kind::other;
    Access access = Access::none;   ///< What was tried, for accesses.
    base::VirtualAddress address{}; ///< Where, for accesses.
    std::uint64_t code = 0;         ///< The raw syndrome, from which cause_of() makes words.
};

/// What a user fault was, in the manual's own words.
base::Text<96> cause_of(const UserFault& fault);

/// Points this CPU at its exception vectors. From here on an exception of the kernel's own ends in on_fault.
/// On every CPU, on its own kernel stack.
void trap_initialize();

/// Shows all registers of a frame, several to a line.
void print_registers(const TrapFrame& frame, base::Sink sink);
void print_registers(const UserContext& context, base::Sink sink);

// The other direction: implemented by the kernel, called by trap.cpp with interrupts masked.

/// An exception that the kernel's own code caused: reports it and does not come back.
[[noreturn]] void on_fault(const Fault& fault, const TrapFrame& frame);

// What user mode caused: the running thread's registers are in `context`, this CPU's kernel stack is empty
// but for the caller. Each returns whose registers to go on with: the same, or another thread's.

UserContext& on_system_call(UserContext& context);
UserContext& on_user_fault(UserContext& context, const UserFault& fault);
/// An interrupt is pending, or on x64 recorded; claim_interrupt() tells which.
UserContext& on_user_interrupt(UserContext& context);

} // namespace hal
