// The codes of scause (RISC-V Privileged 4.1.8, table 4.2), and what they come to.
#include "platform/rv64/scause.h"

#include "platform/rv64/fpu.h"

namespace platform {
namespace {

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

using Access = hal::UserFault::Access;
using Kind = hal::UserFault::Kind;

/// What was tried at the address in stval.
Access access_of(Exception exception) {
    switch (exception) {
    case Exception::instruction_misaligned:
    case Exception::instruction_access_fault:
    case Exception::instruction_page_fault: return Access::execute;
    case Exception::load_misaligned:
    case Exception::load_access_fault:
    case Exception::load_page_fault: return Access::read;
    case Exception::store_misaligned:
    case Exception::store_access_fault:
    case Exception::store_page_fault: return Access::write;
    default: return Access::none;
    }
}

std::string_view name(Access access) {
    switch (access) {
    case Access::none: return "";
    case Access::read: return "read";
    case Access::write: return "write";
    case Access::execute: return "execute";
    }
    return "";
}

/// Whether an instruction is one of the floating-point extensions (Unprivileged 24, tables 24.1 and 24.2): by
/// its major opcode and the width of what it moves, by the CSR that it names, or, of the compressed ones, by
/// quadrant and function. 0 may be any: the CPU did not tell. Should it not be one, it fails again with the
/// FPU on.
bool may_be_floating_point(std::uint64_t instruction) {
    if (instruction == 0) return true;
    const std::uint64_t quadrant = instruction & 3, function = instruction >> 12 & 7;
    const std::uint64_t csr = instruction >> 20;
    if (quadrant != 3) return quadrant != 1 && (instruction >> 13 & 3) == 1; // C.FLD, C.FSD, C.FLDSP, C.FSDSP
    switch (instruction >> 2 & 0x1f) {
    case 0x01:
    case 0x09: return function >= 1 && function <= 4; // LOAD-FP, STORE-FP; vectors have the other widths.
    case 0x10:
    case 0x11:
    case 0x12:
    case 0x13:
    case 0x14: return true;                                  // MADD, MSUB, NMSUB, NMADD, OP-FP
    case 0x1c: return function != 0 && csr >= 1 && csr <= 3; // SYSTEM: fflags, frm, fcsr
    default: return false;
    }
}

Kind kind_of_illegal(std::uint64_t instruction) {
    const bool off = Fpu::exists() && !Fpu::is_enabled();
    return off && may_be_floating_point(instruction) ? Kind::fpu_off : Kind::illegal_instruction;
}

Kind kind_of(Exception exception, std::uint64_t stval) {
    switch (exception) {
    case Exception::instruction_misaligned:
    case Exception::load_misaligned:
    case Exception::store_misaligned: return Kind::misaligned;
    case Exception::illegal_instruction: return kind_of_illegal(stval);
    case Exception::breakpoint: return Kind::breakpoint;
    default: return access_of(exception) == Access::none ? Kind::other : Kind::access;
    }
}

} // namespace

base::Text<96> describe_cause(std::uint64_t scause) {
    base::Text<96> words;
    if (scause & is_interrupt) {
        words.append("unexpected ");
        words.append(interrupt_name(scause & ~is_interrupt));
        return words;
    }
    const auto exception = static_cast<Exception>(scause);
    words.append(name(exception));
    if (!is_access(scause)) return words;
    words.append(": ");
    words.append(name(access_of(exception)));
    return words;
}

bool is_access(std::uint64_t scause) { return access_of(static_cast<Exception>(scause)) != Access::none; }

hal::UserFault decode_user_fault(std::uint64_t scause, std::uint64_t stval) {
    const auto exception = static_cast<Exception>(scause);
    const Access access = access_of(exception);
    return {.kind = kind_of(exception, stval),
            .access = access,
            .address = {access == Access::none ? 0 : stval},
            .code = scause};
}

} // namespace platform
