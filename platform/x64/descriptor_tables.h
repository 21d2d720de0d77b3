// The tables that the CPU itself reads: segments, the task state that names stacks, and the interrupt gates.
#pragma once

namespace platform {

/// Vectors below this are exceptions; trap.S says the same.
inline constexpr unsigned exception_count = 32;

/// Builds and loads this CPU's GDT, TSS and IDT. From here on exceptions arrive in trap.S, on the emergency
/// stack.
void load_descriptor_tables();

} // namespace platform
