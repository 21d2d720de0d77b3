// Exceptions of x64, put into words (Intel SDM 3A, chapter 6).
#include "platform/x64/exception.h"

#include <array>

#include "platform/x64/cpu.h"

namespace platform {
namespace {

using hal::UserFault;

enum Vector : std::uint64_t {
    divide_error = 0,
    debug = 1,
    breakpoint = 3,
    overflow = 4,
    invalid_opcode = 6,
    device_not_available = 7,
    double_fault = 8,
    invalid_task = 10,
    segment_not_present = 11,
    stack_segment = 12,
    general_protection = 13,
    page_fault = 14,
    x87_error = 16,
    alignment_check = 17,
    simd_error = 19,
};

// The error code of a page fault (Intel SDM 3A, 4.7)
constexpr std::uint64_t page_was_present = 1 << 0;
constexpr std::uint64_t access_was_write = 1 << 1;
constexpr std::uint64_t access_was_by_user = 1 << 2;
constexpr std::uint64_t reserved_bit_was_set = 1 << 3;
constexpr std::uint64_t access_was_fetch = 1 << 4;

/// Intel SDM 3A, table 6-1; the rest are reserved.
constexpr std::array<std::string_view, 32> exception_names{
    "divide error",
    "debug exception",
    "NMI interrupt",
    "breakpoint",
    "overflow",
    "BOUND range exceeded",
    "invalid opcode",
    "device not available: FP or SIMD is off",
    "double fault",
    "coprocessor segment overrun",
    "invalid TSS",
    "segment not present",
    "stack-segment fault",
    "general protection",
    "page fault",
    "reserved exception 15",
    "x87 FPU floating-point error",
    "alignment check",
    "machine check",
    "SIMD floating-point exception",
    "virtualization exception",
    "control protection exception",
};

void append_page_fault(base::Text<96>& text, std::uint64_t error_code) {
    text.append(error_code & access_was_fetch   ? ": execute, "
                : error_code & access_was_write ? ": write, "
                                                : ": read, ");
    text.append(error_code & reserved_bit_was_set ? "reserved bit in the page table"
                : error_code & page_was_present   ? "protection violation"
                                                  : "page not present");
}

/// The error code names what was to be loaded or entered; without one it was something else (6.13, 6.15).
void append_segment_fault(base::Text<96>& text, std::uint64_t vector, std::uint64_t error_code) {
    if (error_code != 0)
        base::format(text.sink(), ": selector or gate {:#x}", error_code);
    else if (vector == general_protection)
        text.append(": privileged instruction, or address not canonical");
}

UserFault::Kind kind_of(std::uint64_t vector) {
    using enum UserFault::Kind;
    switch (vector) {
    case page_fault: return access;
    case device_not_available: return fpu_off;
    case invalid_opcode:
    case segment_not_present:
    case general_protection: return illegal_instruction;
    case debug:
    case Vector::breakpoint: return UserFault::Kind::breakpoint;
    case alignment_check: return misaligned;
    case divide_error:
    case overflow:
    case x87_error:
    case simd_error: return arithmetic;
    default: return other;
    }
}

UserFault::Access access_of(std::uint64_t error_code) {
    if (error_code & access_was_fetch) return UserFault::Access::execute;
    return error_code & access_was_write ? UserFault::Access::write : UserFault::Access::read;
}

/// Intel SDM 1, 3.3.7.1: bits 47 to 63 are equal.
bool is_canonical(std::uint64_t address) {
    const auto upper = static_cast<std::int64_t>(address) >> 47;
    return upper == 0 || upper == -1;
}

/// An address that no page table translates gives no page fault, and CR2 does not tell it: where the
/// registers do, it is an access all the same.
void find_address(UserFault& fault, const UserContext& context) {
    const bool at_program_counter = !is_canonical(context.rip);
    if (!at_program_counter && is_canonical(context.rsp)) return;
    if (context.vector != general_protection && context.vector != stack_segment) return;
    fault.kind = UserFault::Kind::access;
    fault.access = at_program_counter ? UserFault::Access::execute : UserFault::Access::none;
    fault.address = {at_program_counter ? context.rip : context.rsp};
}

} // namespace

base::Text<96> describe_exception(std::uint64_t code) {
    const std::uint64_t vector = code >> 32, error_code = code & 0xffff'ffff;
    const std::string_view name = exception_names[vector % exception_names.size()];
    base::Text<96> text{};
    text.append(name.empty() ? "reserved exception" : name);
    if (vector == page_fault) append_page_fault(text, error_code);
    if (vector >= invalid_task && vector <= general_protection)
        append_segment_fault(text, vector, error_code);
    return text;
}

bool has_fault_address(std::uint64_t vector) { return vector == page_fault || vector == double_fault; }

UserFault describe_user_fault(const UserContext& context) {
    UserFault fault{.kind = kind_of(context.vector),
                    .code = exception_code(context.vector, context.error_code)};
    if (context.vector != page_fault) {
        find_address(fault, context);
    } else if (context.error_code & access_was_by_user) {
        fault.access = access_of(context.error_code);
        fault.address = {read_control_2()};
    } else {
        fault.kind = UserFault::Kind::illegal_instruction;
    }
    return fault;
}

} // namespace platform
