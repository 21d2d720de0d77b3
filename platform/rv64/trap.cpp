// Exceptions on rv64: decodes scause (RISC-V Privileged 4.1.8, table 4.2) and hands it to the kernel.
#include "hal/trap.h"

#include <array>

#include "hal/image.h"
#include "platform/rv64/cpu.h"
#include "platform/rv64/csr.h"

extern "C" char trap_vector[];

/// As trap.S saves it.
struct hal::TrapFrame {
    std::array<std::uint64_t, 32> x; ///< x[0] is always 0.
    std::uint64_t sepc;
    std::uint64_t sstatus;
    std::uint64_t scause;
    std::uint64_t stval;
};

static_assert(sizeof(hal::TrapFrame) == 36 * 8);

namespace platform {
namespace {

constexpr std::uint64_t is_interrupt = std::uint64_t{1} << 63; // In scause

enum class Exception : std::uint64_t {
    instruction_misaligned = 0,
    instruction_access_fault = 1,
    illegal_instruction = 2,
    breakpoint = 3,
    load_misaligned = 4,
    load_access_fault = 5,
    store_misaligned = 6,
    store_access_fault = 7,
    call_from_user = 8,
    call_from_supervisor = 9,
    instruction_page_fault = 12,
    load_page_fault = 13,
    store_page_fault = 15,
};

std::string_view name(Exception exception) {
    switch (exception) {
    case Exception::instruction_misaligned: return "instruction address misaligned";
    case Exception::instruction_access_fault: return "instruction access fault";
    case Exception::illegal_instruction: return "illegal instruction";
    case Exception::breakpoint: return "breakpoint";
    case Exception::load_misaligned: return "load address misaligned";
    case Exception::load_access_fault: return "load access fault";
    case Exception::store_misaligned: return "store/AMO address misaligned";
    case Exception::store_access_fault: return "store/AMO access fault";
    case Exception::call_from_user: return "environment call from U-mode";
    case Exception::call_from_supervisor: return "environment call from S-mode";
    case Exception::instruction_page_fault: return "instruction page fault";
    case Exception::load_page_fault: return "load page fault";
    case Exception::store_page_fault: return "store/AMO page fault";
    }
    return "exception";
}

std::string_view interrupt_name(std::uint64_t number) {
    switch (number) {
    case 1: return "supervisor software interrupt";
    case 5: return "supervisor timer interrupt";
    case 9: return "supervisor external interrupt";
    default: return "interrupt";
    }
}

/// What was tried at the address in stval; empty when the exception is not about an access.
std::string_view access(Exception exception) {
    switch (exception) {
    case Exception::instruction_misaligned:
    case Exception::instruction_access_fault:
    case Exception::instruction_page_fault: return "execute";
    case Exception::load_misaligned:
    case Exception::load_access_fault:
    case Exception::load_page_fault: return "read";
    case Exception::store_misaligned:
    case Exception::store_access_fault:
    case Exception::store_page_fault: return "write";
    default: return "";
    }
}

void describe_interrupt(const hal::TrapFrame& frame, hal::Fault& fault) {
    fault.cause.append("unexpected ");
    fault.cause.append(interrupt_name(frame.scause & ~is_interrupt));
}

void describe_exception(const hal::TrapFrame& frame, hal::Fault& fault) {
    const auto exception = static_cast<Exception>(frame.scause);
    fault.cause.append(name(exception));
    if (access(exception).empty()) return;
    fault.cause.append(": ");
    fault.cause.append(access(exception));
    fault.address = base::VirtualAddress{frame.stval};
}

bool is_text(std::uintptr_t address) {
    return address >= reinterpret_cast<std::uintptr_t>(kernel_text_start) &&
           address < reinterpret_cast<std::uintptr_t>(kernel_text_end);
}

bool is_in_boot_stack(std::uintptr_t frame) {
    return frame % sizeof(std::uintptr_t) == 0 &&
           frame > reinterpret_cast<std::uintptr_t>(kernel_boot_stack_start) &&
           frame <= reinterpret_cast<std::uintptr_t>(kernel_boot_stack_end);
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
        if (!is_in_boot_stack(frame_pointer)) return frame_pointer;
        const std::uintptr_t saved = Cpu::saved_return_address(frame_pointer);
        if (!is_in_boot_stack(saved)) return frame_pointer;
        record.frame_pointer = saved;
    }
    return reinterpret_cast<std::uintptr_t>(&record + 1);
}

hal::Fault describe(const hal::TrapFrame& frame, FrameRecord& record) {
    hal::Fault fault{.cause = {},
                     .code = frame.scause,
                     .program_counter = frame.sepc,
                     .stack_pointer = frame.x[2],
                     .frame_pointer = innermost_frame(frame, record)};
    if (frame.scause & is_interrupt)
        describe_interrupt(frame, fault);
    else
        describe_exception(frame, fault);
    return fault;
}

} // namespace

/// Called by trap.S, on the emergency stack.
extern "C" [[noreturn]] void platform_trap(const hal::TrapFrame& frame) {
    FrameRecord record; // On a kernel stack, where a backtrace believes it.
    hal::on_fault(describe(frame, record), frame);
}

} // namespace platform

namespace hal {

void trap_initialize() { platform::csr::stvec::write(reinterpret_cast<std::uintptr_t>(trap_vector)); }

void print_registers(const TrapFrame& frame, base::Sink sink) {
    static constexpr std::array<std::string_view, 32> names{
        "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
        "a6",   "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
    for (unsigned i = 0; i < frame.x.size(); ++i)
        base::format(sink, "  {:<4} {:016x}{}", names[i], frame.x[i], i % 4 == 3 ? "\n" : "");
    base::format(sink, "  sepc {:016x}  sstatus {:016x}  scause {:016x}  stval {:016x}\n", frame.sepc,
                 frame.sstatus, frame.scause, frame.stval);
}

} // namespace hal
