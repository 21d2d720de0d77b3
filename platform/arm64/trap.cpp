// Exceptions on arm64: from trap.S to the kernel, and what user mode may reach without one.
#include "hal/trap.h"

#include <array>

#include "hal/cpu.h"
#include "platform/arm64/cpu.h"
#include "platform/arm64/syndrome.h"

extern "C" char trap_vectors_level_1[], trap_vectors_level_2[];

/// As trap.S saves it.
struct hal::TrapFrame {
    std::array<std::uint64_t, 31> x;
    std::uint64_t sp;
    std::uint64_t elr;
    std::uint64_t spsr;
    std::uint64_t esr;
    std::uint64_t far;
};

static_assert(sizeof(hal::TrapFrame) == 36 * 8);

namespace platform {
namespace {

hal::Fault describe(const hal::TrapFrame& frame, unsigned vector) {
    static constexpr std::array<std::string_view, 4> kinds{"", "unexpected IRQ", "unexpected FIQ", "SError"};
    const bool is_synchronous = vector % 4 == 0;
    hal::Fault fault{.cause =
                         is_synchronous ? describe_syndrome(frame.esr) : base::Text<96>(kinds[vector % 4]),
                     .code = frame.esr,
                     .program_counter = frame.elr,
                     .stack_pointer = frame.sp,
                     .frame_pointer = frame.x[29]};
    if (is_synchronous && has_fault_address(frame.esr)) fault.address = base::VirtualAddress{frame.far};
    return fault;
}

/// The top word of this CPU's kernel stack, which boot.S has left free.
std::uint64_t* top_of_stack() {
    const auto base = reinterpret_cast<std::uintptr_t>(&hal::current_cpu());
    return reinterpret_cast<std::uint64_t*>(base + hal::kernel_stack_size - kernel_stack_reserve);
}

/// User mode may read the virtual counter and its frequency, and no other register of the system's. Some of
/// these have no defined value after reset. The rest is closed by SCTLR_EL1, in boot.S.
void restrict_user_mode() {
    constexpr std::uint64_t virtual_counter = 1 << 1; // CNTKCTL_EL1.EL0VCTEN
    constexpr std::uint64_t trap_debug_channel = 1 << 12;
    asm volatile("msr cntkctl_el1, %0" ::"r"(virtual_counter));
    asm volatile("msr mdscr_el1, %0" ::"r"(trap_debug_channel)); // TDCC
    asm volatile("msr tpidrro_el0, xzr");
    if (has_performance_monitors()) asm volatile("msr pmuserenr_el0, xzr");
    asm volatile("isb");
}

} // namespace

/// Called by trap.S, on the emergency stack.
extern "C" [[noreturn]] void platform_trap(const hal::TrapFrame& frame, unsigned vector) {
    hal::on_fault(describe(frame, vector), frame);
}

/// Called by context.S, on the kernel stack.
extern "C" hal::UserContext& platform_user_fault(hal::UserContext& context, std::uint64_t esr,
                                                 std::uint64_t far) {
    return hal::on_user_fault(context, user_fault(esr, far));
}

} // namespace platform

namespace hal {

base::Text<96> cause_of(const UserFault& fault) { return platform::describe_syndrome(fault.code); }

void trap_initialize() {
    std::uint64_t* const top = platform::top_of_stack();
    *top = current_cpu().emergency_stack_end;
    if (platform::current_exception_level() == 2)
        asm volatile("msr tpidr_el2, %0\n\tmsr vbar_el1, %1" ::"r"(top), "r"(trap_vectors_level_2)
                     : "memory");
    else
        asm volatile("msr tpidr_el1, %0\n\tmsr vbar_el1, %1" ::"r"(top), "r"(trap_vectors_level_1)
                     : "memory");
    platform::restrict_user_mode();
}

void print_registers(const TrapFrame& frame, base::Sink sink) {
    for (unsigned i = 0; i < frame.x.size(); ++i)
        base::format(sink, "  x{:<2} {:016x}{}", i, frame.x[i], i % 4 == 3 ? "\n" : "");
    base::format(sink, "  sp  {:016x}\n", frame.sp);
    base::format(sink, "  elr {:016x}  spsr {:016x}  esr {:016x}  far {:016x}\n", frame.elr, frame.spsr,
                 frame.esr, frame.far);
}

void print_registers(const UserContext& context, base::Sink sink) {
    for (unsigned i = 0; i < context.x.size(); ++i)
        base::format(sink, "  x{:<2} {:016x}{}", i, context.x[i], i % 4 == 3 ? "\n" : "");
    base::format(sink, "  sp  {:016x}\n", context.sp);
    base::format(sink, "  pc  {:016x}  pstate {:016x}\n", context.pc, context.status);
}

} // namespace hal
