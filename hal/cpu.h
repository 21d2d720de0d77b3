// The CPU that executes this: interrupt masking, waiting, halting, and who it is.
#pragma once

#include <platform/cpu.h>

#include <array>
#include <concepts>
#include <cstdint>
#include <string_view>

#include "hal/image.h"

namespace hal {

/// What platform/<arch>/cpu.h owes as `platform::Cpu`: inline static functions, since all are hot or tiny.
///
/// - mask_interrupts() masks and returns the state before; restore_interrupts() takes that state back.
/// - idle() waits, with interrupts masked on both sides of the call, until one is pending. It may also return
/// for no reason.
/// - halt() stops this CPU for good.
/// - stack_pointer(), frame_pointer() are those of the caller (always inlined).
/// - frame_record(fp) is where the function with that frame pointer has saved two words: its caller's frame
///   pointer and its return address. Backtraces follow that chain. Nothing is read.
/// - elf_machine is the number by which an ELF file says that it is for this machine.
/// - relax() is the hint for the body of a loop that polls.
template <class C>
concept CpuOperations = requires(typename C::InterruptState state, std::uintptr_t frame_pointer) {
    { C::mask_interrupts() } -> std::same_as<typename C::InterruptState>;
    { C::restore_interrupts(state) } -> std::same_as<void>;
    { C::interrupts_masked() } -> std::same_as<bool>;
    { C::idle() } -> std::same_as<void>;
    { C::relax() } -> std::same_as<void>;
    { C::halt() } -> std::same_as<void>;
    { C::stack_pointer() } -> std::same_as<std::uintptr_t>;
    { C::frame_pointer() } -> std::same_as<std::uintptr_t>;
    { C::frame_record(frame_pointer) } -> std::same_as<std::uintptr_t>;
    { C::architecture } -> std::convertible_to<std::string_view>;
    { C::elf_machine } -> std::convertible_to<std::uint16_t>;
};

using CurrentCpu = platform::Cpu;

/// What a CPU keeps of itself, at the lowest address of its kernel stack.
struct CpuLocal {
    std::uint32_t index = 0;                 ///< 0 is the boot CPU; numbers are dense, unlike hardware ids.
    std::uintptr_t emergency_stack_end = 0;  ///< Where a fault in the kernel itself is handled.
    std::array<std::uint64_t, 4> platform{}; ///< The platform's own words for this CPU; trap.S knows them.
    void* scheduler = nullptr;               ///< What the scheduler keeps for this CPU: its own affair.
};

/// The current CPU's own data, found from the stack pointer: kernel stacks are aligned to their size.
inline CpuLocal& current_cpu() {
    return *reinterpret_cast<CpuLocal*>(CurrentCpu::stack_pointer() & ~(kernel_stack_size - 1));
}

} // namespace hal
