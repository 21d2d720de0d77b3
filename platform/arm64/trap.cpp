// Exceptions on arm64: decodes the syndrome (Arm ARM D13.2.37, ESR_ELx) and hands it to the kernel.
#include "hal/trap.h"

#include <array>

#include "platform/arm64/cpu.h"

extern "C" char trap_vectors[];

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

enum class ExceptionClass : std::uint8_t {
    unknown = 0x00,
    fp_access = 0x07,
    illegal_state = 0x0e,
    system_register = 0x18,
    instruction_abort_lower = 0x20,
    instruction_abort = 0x21,
    pc_alignment = 0x22,
    data_abort_lower = 0x24,
    data_abort = 0x25,
    sp_alignment = 0x26,
    breakpoint = 0x31,
    brk = 0x3c,
};

std::string_view name(ExceptionClass exception) {
    switch (exception) {
    case ExceptionClass::unknown: return "undefined instruction";
    case ExceptionClass::fp_access: return "FP or SIMD access trapped";
    case ExceptionClass::illegal_state: return "illegal execution state";
    case ExceptionClass::system_register: return "system register access trapped";
    case ExceptionClass::instruction_abort_lower:
    case ExceptionClass::instruction_abort: return "instruction abort";
    case ExceptionClass::pc_alignment: return "PC alignment fault";
    case ExceptionClass::data_abort_lower:
    case ExceptionClass::data_abort: return "data abort";
    case ExceptionClass::sp_alignment: return "SP alignment fault";
    case ExceptionClass::breakpoint: return "breakpoint";
    case ExceptionClass::brk: return "BRK instruction";
    }
    return "exception";
}

/// Why an access failed: the fault status code, without its level.
std::string_view fault_status(std::uint64_t code) {
    switch (code & 0x3f) {
    case 0x00 ... 0x03: return "address size fault";
    case 0x04 ... 0x07: return "translation fault";
    case 0x08 ... 0x0b: return "access flag fault";
    case 0x0c ... 0x0f: return "permission fault";
    case 0x10: return "external abort";
    case 0x21: return "alignment fault";
    default: return "fault";
    }
}

bool is_data_abort(ExceptionClass exception) {
    return exception == ExceptionClass::data_abort || exception == ExceptionClass::data_abort_lower;
}

bool is_instruction_abort(ExceptionClass exception) {
    return exception == ExceptionClass::instruction_abort ||
           exception == ExceptionClass::instruction_abort_lower;
}

void describe_synchronous(const hal::TrapFrame& frame, hal::Fault& fault) {
    const auto exception = static_cast<ExceptionClass>(frame.esr >> 26 & 0x3f);
    constexpr std::uint64_t write_not_read = 1 << 6;
    fault.cause.append(name(exception));
    if (is_data_abort(exception)) fault.cause.append(frame.esr & write_not_read ? ": write, " : ": read, ");
    if (is_instruction_abort(exception)) fault.cause.append(": execute, ");
    if (is_data_abort(exception) || is_instruction_abort(exception)) {
        fault.cause.append(fault_status(frame.esr));
        fault.address = base::VirtualAddress{frame.far};
    }
    if (exception == ExceptionClass::pc_alignment) fault.address = base::VirtualAddress{frame.far};
}

hal::Fault describe(const hal::TrapFrame& frame, unsigned vector) {
    static constexpr std::array<std::string_view, 4> kinds{"", "unexpected IRQ", "unexpected FIQ", "SError"};
    hal::Fault fault{.code = frame.esr,
                     .program_counter = frame.elr,
                     .stack_pointer = frame.sp,
                     .frame_pointer = frame.x[29]};
    if (vector % 4 == 0)
        describe_synchronous(frame, fault);
    else
        fault.cause.append(kinds[vector % 4]);
    return fault;
}

} // namespace

/// Called by trap.S, on the emergency stack.
extern "C" [[noreturn]] void platform_trap(const hal::TrapFrame& frame, unsigned vector) {
    hal::on_fault(describe(frame, vector), frame);
}

} // namespace platform

namespace hal {

void trap_initialize() { asm volatile("msr vbar_el1, %0\n\tisb" ::"r"(trap_vectors) : "memory"); }

void print_registers(const TrapFrame& frame, base::Sink sink) {
    for (unsigned i = 0; i < frame.x.size(); ++i)
        base::format(sink, "  x{:<2} {:016x}{}", i, frame.x[i], i % 4 == 3 ? "\n" : "");
    base::format(sink, "  sp  {:016x}\n", frame.sp);
    base::format(sink, "  elr {:016x}  spsr {:016x}  esr {:016x}  far {:016x}\n", frame.elr, frame.spsr,
                 frame.esr, frame.far);
}

} // namespace hal
