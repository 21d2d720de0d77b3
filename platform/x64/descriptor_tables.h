// The tables that the CPU itself reads: segments, the task state that names stacks, and the interrupt gates.
#pragma once

#include <cstdint>

namespace platform {

/// Vectors below this are exceptions; trap.S says the same.
inline constexpr unsigned exception_count = 32;

/// Fills the IDT, which all CPUs share. On the boot CPU, before any loads it.
void build_interrupt_gates();

/// Builds this CPU's GDT and TSS, and loads them and the IDT. From here on exceptions arrive in trap.S. On
/// the CPU's own kernel stack; CpuLocal must name the emergency stack.
void load_descriptor_tables();

/// For MSR_STAR: the selectors that SYSCALL and SYSRET load (Intel SDM 3A, 5.8.8).
std::uint64_t system_call_segments();

} // namespace platform
