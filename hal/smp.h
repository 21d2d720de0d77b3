// Several CPUs: starting one, and making it look up.
//
//     boot CPU   start_cpu(1, …) ──firmware──> boot.S: MMU, stack ──> trap_initialize ──> kernel_cpu_main()
//     any CPU    notify_cpu(1) ──interrupt──> claim_interrupt() there gives Claim::Kind::notice
#pragma once

#include <cstdint>
#include <expected>

#include "hal/boot.h"
#include "hal/cpu.h"
#include "kernel/base/address.h"

namespace hal {

/// The most CPUs that the kernel starts.
inline constexpr std::uint32_t max_cpus = 8;

/// Starts `cpu`, which begins on the stack that `local` lies at the base of, with its index already in it,
/// in kernel_cpu_main. Returns once firmware has taken the order; that the CPU has come is told by itself.
/// Once per CPU, from the boot CPU, after timer_initialize. Error::unsupported where firmware has no way
/// to, Error::io when it refused.
std::expected<void, abi::Error> start_cpu(const Cpu& cpu, CpuLocal& local);

/// Interrupts CPU `index`, which must have come up: it claims a Claim::Kind::notice. Several may become one.
void notify_cpu(std::uint32_t index);

/// The interrupt controller's and the timer's part that is each CPU's own; on every CPU but the boot CPU,
/// whose part interrupt_initialize and timer_initialize have done.
void interrupt_initialize_cpu();
void timer_initialize_cpu();

} // namespace hal

/// Where a CPU that start_cpu() started enters the kernel: on its stack, in the kernel's address space, traps
/// installed, interrupts masked.
[[noreturn]] void kernel_cpu_main();
