// A thread's registers while it does not run in user mode: what trap.S saves and takes back.
//
//     user mode ──trap──> registers into the thread's own UserContext, then the CPU's kernel stack
//     on_system_call / on_user_fault / on_user_interrupt (hal/trap.h) return the context to go on with
//     user mode <──────── registers out of it
//
// A system call's number and up to six arguments come in registers; its status and two values, or with a
// message six, go back in registers. All others keep their values across it, but for those that the
// instruction itself destroys.
#pragma once

#include <platform/context.h>

#include <concepts>
#include <cstdint>

#include "kernel/base/address.h"

namespace hal {

/// What platform/<arch>/context.h owes as `platform::UserContext`: all user registers but floating point.
///
/// - create(entry, stack, argument) is a thread about to execute `entry` in user mode, interrupts open, with
///   `argument` as its first; every other register is 0. `stack` is 16-byte aligned.
/// - system_call(), argument(i) with i < 6: of a context that on_system_call was given.
/// - set_result(status, first, second): what the call gives back; status 0 is success, else an abi::Error.
/// - set_status(status): the same for calls without values; other registers keep what they hold.
/// - set_value(i, value) with i < 6: of what a message brings, behind the status.
/// - repeat_system_call(): the call is made again when the thread goes on; argument registers are as they
/// were.
/// - set_program_counter(address): where the thread goes on; an address of the kernel's faults in user mode.
/// - program_counter(), stack_pointer(), frame_pointer(): for people and for backtraces.
template <class C>
concept UserContextOperations = requires(C context, const C& saved, base::VirtualAddress address,
                                         std::uint64_t value, unsigned index) {
    { C::create(address, address, value) } -> std::same_as<C>;
    { saved.system_call() } -> std::same_as<std::uint64_t>;
    { saved.argument(index) } -> std::same_as<std::uint64_t>;
    { context.set_result(value, value, value) } -> std::same_as<void>;
    { context.set_status(value) } -> std::same_as<void>;
    { context.set_value(index, value) } -> std::same_as<void>;
    { context.repeat_system_call() } -> std::same_as<void>;
    { context.set_program_counter(address) } -> std::same_as<void>;
    { saved.program_counter() } -> std::same_as<base::VirtualAddress>;
    { saved.stack_pointer() } -> std::same_as<base::VirtualAddress>;
    { saved.frame_pointer() } -> std::same_as<base::VirtualAddress>;
};

using UserContext = platform::UserContext;

/// Leaves the kernel for user mode with these registers, for the first thread of a CPU and from its idle
/// loop: the kernel stack is used up from its top again. Interrupts must be masked. The context must stay
/// where it is until the next trap.
[[noreturn]] void enter_user(UserContext& context);

} // namespace hal
