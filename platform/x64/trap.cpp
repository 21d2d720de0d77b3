// Exceptions on x64: what one means in the manual's words (Intel SDM 3A, chapter 6).
#include "hal/trap.h"

#include <array>

#include "platform/x64/cpu.h"
#include "platform/x64/descriptor_tables.h"

/// As trap.S saves it.
struct hal::TrapFrame {
    std::uint64_t cr0, cr2, cr3, cr4;
    std::uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    std::uint64_t rdi, rsi, rbp, rbx, rdx, rcx, rax;
    std::uint64_t vector, error_code;
    std::uint64_t rip, cs, rflags, rsp, ss;
};

static_assert(sizeof(hal::TrapFrame) == 26 * 8);

namespace platform {
namespace {

constexpr unsigned page_fault = 14;

/// Intel SDM 3A, table 6-1; the rest are reserved.
constexpr std::array<std::string_view, exception_count> exception_names{
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

/// Intel SDM 3A, 4.7: what kind of access it was, and why it failed.
void describe_page_fault(const hal::TrapFrame& frame, hal::Fault& fault) {
    constexpr std::uint64_t page_was_present = 1 << 0;
    constexpr std::uint64_t access_was_write = 1 << 1;
    constexpr std::uint64_t reserved_bit_was_set = 1 << 3;
    constexpr std::uint64_t access_was_fetch = 1 << 4;
    const std::uint64_t code = frame.error_code;
    fault.address = base::VirtualAddress{frame.cr2};
    fault.cause.append(code & access_was_fetch   ? ": execute, "
                       : code & access_was_write ? ": write, "
                                                 : ": read, ");
    fault.cause.append(code & reserved_bit_was_set ? "reserved bit in the page table"
                       : code & page_was_present   ? "protection violation"
                                                   : "page not present");
}

hal::Fault describe(const hal::TrapFrame& frame) {
    hal::Fault fault{.cause = {},
                     .code = frame.vector << 32 | frame.error_code,
                     .program_counter = frame.rip,
                     .stack_pointer = frame.rsp,
                     .frame_pointer = frame.rbp};
    const std::string_view name = exception_names[frame.vector % exception_count];
    fault.cause.append(name.empty() ? "reserved exception" : name);
    if (frame.vector == page_fault) describe_page_fault(frame, fault);
    return fault;
}

/// Where the CPU can, it keeps the kernel from executing or touching user memory (Intel SDM 3A, 4.6).
void enable_supervisor_protection() {
    constexpr std::uint32_t feature_execution = 1 << 7; // CPUID 7, ebx: SMEP
    constexpr std::uint32_t feature_access = 1 << 20;   // SMAP
    constexpr std::uint64_t control_execution = 1 << 20;
    constexpr std::uint64_t control_access = 1 << 21;
    if (identify(0).eax < 7) return;
    const std::uint32_t features = identify(7).ebx;
    std::uint64_t control = read_control_4();
    if (features & feature_execution) control |= control_execution;
    if (features & feature_access) control |= control_access;
    write_control_4(control);
}

} // namespace

/// Called by trap.S, on the emergency stack.
extern "C" [[noreturn]] void platform_trap(const hal::TrapFrame& frame) {
    hal::on_fault(describe(frame), frame);
}

} // namespace platform

namespace hal {

void trap_initialize() {
    platform::load_descriptor_tables();
    platform::enable_supervisor_protection();
}

void print_registers(const TrapFrame& frame, base::Sink sink) {
    base::format(sink, "  rax {:016x}  rbx {:016x}  rcx {:016x}  rdx {:016x}\n", frame.rax, frame.rbx,
                 frame.rcx, frame.rdx);
    base::format(sink, "  rsi {:016x}  rdi {:016x}  rbp {:016x}  rsp {:016x}\n", frame.rsi, frame.rdi,
                 frame.rbp, frame.rsp);
    base::format(sink, "  r8  {:016x}  r9  {:016x}  r10 {:016x}  r11 {:016x}\n", frame.r8, frame.r9,
                 frame.r10, frame.r11);
    base::format(sink, "  r12 {:016x}  r13 {:016x}  r14 {:016x}  r15 {:016x}\n", frame.r12, frame.r13,
                 frame.r14, frame.r15);
    base::format(sink, "  rip {:016x}  rflags {:08x}  cs {:04x}  ss {:04x}\n", frame.rip, frame.rflags,
                 frame.cs, frame.ss);
    base::format(sink, "  cr0 {:016x}  cr2 {:016x}  cr3 {:016x}  cr4 {:016x}\n", frame.cr0, frame.cr2,
                 frame.cr3, frame.cr4);
}

} // namespace hal
