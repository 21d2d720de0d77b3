// Decodes the exception syndrome (Arm ARM D13.2.37, ESR_ELx).
#include "platform/arm64/syndrome.h"

namespace platform {
namespace {

using Kind = hal::UserFault::Kind;
using Access = hal::UserFault::Access;

enum class ExceptionClass : std::uint8_t {
    unknown = 0x00,
    wait = 0x01,
    fp_access = 0x07,
    illegal_state = 0x0e,
    system_register = 0x18,
    sve_access = 0x19,
    sme_access = 0x1d,
    instruction_abort_lower = 0x20,
    instruction_abort = 0x21,
    pc_alignment = 0x22,
    data_abort_lower = 0x24,
    data_abort = 0x25,
    sp_alignment = 0x26,
    fp_exception = 0x2c,
    serror = 0x2f,
    breakpoint_lower = 0x30,
    breakpoint = 0x31,
    step_lower = 0x32,
    watchpoint_lower = 0x34,
    brk = 0x3c,
};

ExceptionClass class_of(std::uint64_t esr) { return static_cast<ExceptionClass>(esr >> 26 & 0x3f); }

std::string_view name(ExceptionClass exception) {
    switch (exception) {
    case ExceptionClass::unknown: return "undefined instruction";
    case ExceptionClass::wait: return "WFI or WFE trapped";
    case ExceptionClass::fp_access: return "FP or SIMD access trapped";
    case ExceptionClass::illegal_state: return "illegal execution state";
    case ExceptionClass::system_register: return "system register access trapped";
    case ExceptionClass::sve_access: return "SVE access trapped";
    case ExceptionClass::sme_access: return "SME access trapped";
    case ExceptionClass::instruction_abort_lower:
    case ExceptionClass::instruction_abort: return "instruction abort";
    case ExceptionClass::pc_alignment: return "PC alignment fault";
    case ExceptionClass::data_abort_lower:
    case ExceptionClass::data_abort: return "data abort";
    case ExceptionClass::sp_alignment: return "SP alignment fault";
    case ExceptionClass::fp_exception: return "floating-point exception";
    case ExceptionClass::serror: return "SError";
    case ExceptionClass::breakpoint_lower:
    case ExceptionClass::breakpoint: return "breakpoint";
    case ExceptionClass::step_lower: return "software step";
    case ExceptionClass::watchpoint_lower: return "watchpoint";
    case ExceptionClass::brk: return "BRK instruction";
    }
    return "exception";
}

/// The fault status code of an abort: why the access failed.
std::uint64_t status_of(std::uint64_t esr) { return esr & 0x3f; }

constexpr std::uint64_t status_alignment = 0x21;

std::string_view fault_status(std::uint64_t status) {
    switch (status) {
    case 0x00 ... 0x03: return "address size fault";
    case 0x04 ... 0x07: return "translation fault";
    case 0x08 ... 0x0b: return "access flag fault";
    case 0x0c ... 0x0f: return "permission fault";
    case 0x10: return "external abort";
    case status_alignment: return "alignment fault";
    default: return "fault";
    }
}

/// Translation, access flag and permission faults are what a page table can cure; an external abort is not.
bool is_of_translation(std::uint64_t status) { return status >= 0x04 && status <= 0x0f; }

bool is_data_abort(ExceptionClass exception) {
    return exception == ExceptionClass::data_abort || exception == ExceptionClass::data_abort_lower;
}

bool is_instruction_abort(ExceptionClass exception) {
    return exception == ExceptionClass::instruction_abort ||
           exception == ExceptionClass::instruction_abort_lower;
}

bool is_abort(std::uint64_t esr) {
    return is_data_abort(class_of(esr)) || is_instruction_abort(class_of(esr));
}

Access access_of(std::uint64_t esr) {
    constexpr std::uint64_t write_not_read = 1 << 6;
    const ExceptionClass exception = class_of(esr);
    if (is_data_abort(exception)) return esr & write_not_read ? Access::write : Access::read;
    if (is_instruction_abort(exception) || exception == ExceptionClass::pc_alignment) return Access::execute;
    return Access::none;
}

Kind kind_of(std::uint64_t esr) {
    switch (class_of(esr)) {
    case ExceptionClass::data_abort_lower:
    case ExceptionClass::instruction_abort_lower:
        if (is_of_translation(status_of(esr))) return Kind::access;
        return status_of(esr) == status_alignment ? Kind::misaligned : Kind::other;
    case ExceptionClass::fp_access: return Kind::fpu_off;
    case ExceptionClass::unknown:
    case ExceptionClass::wait:
    case ExceptionClass::system_register:
    case ExceptionClass::sve_access:
    case ExceptionClass::sme_access: return Kind::illegal_instruction;
    case ExceptionClass::breakpoint_lower:
    case ExceptionClass::step_lower:
    case ExceptionClass::watchpoint_lower:
    case ExceptionClass::brk: return Kind::breakpoint;
    case ExceptionClass::pc_alignment:
    case ExceptionClass::sp_alignment: return Kind::misaligned;
    case ExceptionClass::fp_exception: return Kind::arithmetic;
    default: return Kind::other;
    }
}

} // namespace

base::Text<96> describe_syndrome(std::uint64_t esr) {
    base::Text<96> words(name(class_of(esr)));
    if (!is_abort(esr)) return words;
    switch (access_of(esr)) {
    case Access::write: words.append(": write, "); break;
    case Access::execute: words.append(": execute, "); break;
    default: words.append(": read, ");
    }
    words.append(fault_status(status_of(esr)));
    return words;
}

bool has_fault_address(std::uint64_t esr) {
    constexpr std::uint64_t far_not_valid = 1 << 10;
    if (is_abort(esr)) return (esr & far_not_valid) == 0;
    return class_of(esr) == ExceptionClass::pc_alignment || class_of(esr) == ExceptionClass::watchpoint_lower;
}

hal::UserFault user_fault(std::uint64_t esr, std::uint64_t far) {
    return {.kind = kind_of(esr),
            .access = access_of(esr),
            .address = {has_fault_address(esr) ? far : 0},
            .code = esr};
}

} // namespace platform
