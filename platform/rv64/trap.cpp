// Traps on rv64, from trap.S to the kernel: what user mode causes, and what the kernel itself did.
#include "hal/trap.h"

#include <array>
#include <cstddef>

#include "hal/image.h"
#include "platform/rv64/cpu.h"
#include "platform/rv64/csr.h"
#include "platform/rv64/hart.h"
#include "platform/rv64/scause.h"

extern "C" char trap_vector[];

/// As trap.S saves it.
struct hal::TrapFrame {
    std::array<std::uint64_t, 32> x; ///< x[0] is always 0.
    std::uint64_t sepc;
    std::uint64_t sstatus;
    std::uint64_t scause;
    std::uint64_t stval;
};

// What trap.S knows.
static_assert(sizeof(hal::TrapFrame) == 36 * 8);
static_assert(offsetof(platform::UserContext, sepc) == 32 * 8);
static_assert(offsetof(platform::UserContext, kernel_stack) == 33 * 8);

namespace platform {
namespace {

bool is_text(std::uintptr_t address) {
    return address >= reinterpret_cast<std::uintptr_t>(kernel_text_start) &&
           address < reinterpret_cast<std::uintptr_t>(kernel_text_end);
}

/// The stack that tp points at the top of.
bool is_in_kernel_stack(const hal::TrapFrame& frame, std::uintptr_t address) {
    const std::uintptr_t start = frame.x[4] & ~(hal::kernel_stack_size - 1);
    return address % sizeof(std::uintptr_t) == 0 && address > start &&
           address - start <= hal::kernel_stack_size;
}

/// What a function saves at the top of its frame, in this order.
struct FrameRecord {
    std::uintptr_t frame_pointer;
    std::uintptr_t return_address;
};

/// Where a backtrace starts. GCC saves no ra in a function that calls none, only the caller's frame pointer
/// in its place; and code that was jumped to by mistake has saved nothing. The caller would be lost: `record`
/// then stands for what should have been saved.
std::uintptr_t innermost_frame(const hal::TrapFrame& frame, FrameRecord& record) {
    const std::uintptr_t frame_pointer = frame.x[8];
    record = {.frame_pointer = frame_pointer, .return_address = frame.x[1]};
    if (is_text(frame.sepc)) {
        if (!is_in_kernel_stack(frame, frame_pointer)) return frame_pointer;
        const std::uintptr_t saved =
            reinterpret_cast<const FrameRecord*>(Cpu::frame_record(frame_pointer))->return_address;
        if (!is_in_kernel_stack(frame, saved)) return frame_pointer;
        record.frame_pointer = saved;
    }
    return reinterpret_cast<std::uintptr_t>(&record + 1);
}

hal::Fault describe(const hal::TrapFrame& frame, FrameRecord& record) {
    hal::Fault fault{.cause = describe_cause(frame.scause),
                     .code = frame.scause,
                     .program_counter = frame.sepc,
                     .stack_pointer = frame.x[2],
                     .frame_pointer = innermost_frame(frame, record)};
    if (is_access(frame.scause)) fault.address = base::VirtualAddress{frame.stval};
    return fault;
}

void print_general_registers(const std::array<std::uint64_t, 32>& x, base::Sink sink) {
    static constexpr std::array<std::string_view, 32> names{
        "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
        "a6",   "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
    for (unsigned i = 0; i < x.size(); ++i)
        base::format(sink, "  {:<4} {:016x}{}", names[i], x[i], i % 4 == 3 ? "\n" : "");
}

} // namespace

/// Called by trap.S, on this hart's kernel stack: all that user mode causes but its system calls. Returns
/// whose registers to go on with.
extern "C" UserContext& platform_user_trap(UserContext& context) {
    const std::uint64_t scause = csr::scause::read();
    if (scause & is_interrupt) return hal::on_user_interrupt(context);
    return hal::on_user_fault(context, decode_user_fault(scause, csr::stval::read()));
}

/// Called by trap.S, on the emergency stack.
extern "C" [[noreturn]] void platform_trap(const hal::TrapFrame& frame) {
    FrameRecord record; // On a kernel stack, where a backtrace believes it.
    hal::on_fault(describe(frame, record), frame);
}

} // namespace platform

namespace hal {

base::Text<96> cause_of(const UserFault& fault) { return platform::describe_cause(fault.code); }

/// User mode may read time, cycle and instret (RISC-V Privileged 4.1.5), and no other counter.
void trap_initialize() {
    std::uint64_t& top = platform::top_of_stack(current_cpu());
    top = current_cpu().emergency_stack_end;
    asm volatile("mv tp, %0" ::"r"(&top));
    platform::csr::sscratch::write(0);
    platform::csr::stvec::write(reinterpret_cast<std::uintptr_t>(trap_vector));
    platform::csr::scounteren::write(7);
}

void print_registers(const TrapFrame& frame, base::Sink sink) {
    platform::print_general_registers(frame.x, sink);
    base::format(sink, "  sepc {:016x}  sstatus {:016x}  scause {:016x}  stval {:016x}\n", frame.sepc,
                 frame.sstatus, frame.scause, frame.stval);
}

void print_registers(const UserContext& context, base::Sink sink) {
    platform::print_general_registers(context.x, sink);
    base::format(sink, "  pc   {:016x}\n", context.sepc);
}

} // namespace hal
