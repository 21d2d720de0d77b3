// Traps on x64: from trap.S to the kernel, and what makes this CPU take them.
#include "hal/trap.h"

#include <cstddef>

#include "hal/cpu.h"
#include "platform/x64/descriptor_tables.h"
#include "platform/x64/exception.h"

/// As trap.S saves it.
struct hal::TrapFrame {
    std::uint64_t cr0, cr2, cr3, cr4;
    UserContext registers; ///< Here those of the kernel.
};

extern "C" char system_call_entry[];

namespace platform {
namespace {

static_assert(sizeof(hal::TrapFrame) == 26 * 8 && offsetof(hal::CpuLocal, platform) == 16,
              "trap.S knows these layouts");

hal::Fault describe(const hal::TrapFrame& frame) {
    const UserContext& registers = frame.registers;
    const std::uint64_t code = exception_code(registers.vector, registers.error_code);
    hal::Fault fault{.cause = describe_exception(code),
                     .code = code,
                     .program_counter = registers.rip,
                     .stack_pointer = registers.rsp,
                     .frame_pointer = registers.rbp};
    if (has_fault_address(registers.vector)) fault.address = base::VirtualAddress{frame.cr2};
    return fault;
}

/// SSE as user mode's first use of it will find it (Intel SDM 3A, 13.1.3); and where the CPU can, it keeps
/// the kernel from executing or touching user memory (4.6), and user mode from asking where the kernel's
/// tables are (2.5, UMIP).
void set_control_register() {
    constexpr std::uint32_t feature_execution = 1 << 7; // CPUID 7, ebx: SMEP
    constexpr std::uint32_t feature_access = 1 << 20;   // SMAP
    constexpr std::uint32_t feature_secrecy = 1 << 2;   // CPUID 7, ecx: UMIP
    constexpr std::uint64_t control_sse = 3 << 9;       // OSFXSR, OSXMMEXCPT
    constexpr std::uint64_t control_secrecy = 1 << 11;
    constexpr std::uint64_t control_execution = 1 << 20;
    constexpr std::uint64_t control_access = 1 << 21;
    const CpuIdentification features = identify(0).eax < 7 ? CpuIdentification{} : identify(7);
    std::uint64_t control = read_control_4() | control_sse;
    if (features.ecx & feature_secrecy) control |= control_secrecy;
    if (features.ebx & feature_execution) control |= control_execution;
    if (features.ebx & feature_access) control |= control_access;
    write_control_4(control);
}

/// Intel SDM 3A, 5.8.8. SYSENTER, the other way in, stays shut: its code selector is null (5.8.7).
void open_system_calls() {
    constexpr std::uint32_t sysenter_segment_register = 0x174;
    constexpr std::uint32_t feature_register = 0xc000'0080; // IA32_EFER
    constexpr std::uint32_t segment_register = 0xc000'0081; // IA32_STAR
    constexpr std::uint32_t entry_register = 0xc000'0082;   // IA32_LSTAR
    constexpr std::uint32_t flag_mask_register = 0xc000'0084;
    constexpr std::uint64_t system_call_enable = 1 << 0;
    constexpr std::uint64_t trap = 1 << 8, interrupt = 1 << 9, direction = 1 << 10, privilege = 3 << 12;
    constexpr std::uint64_t nested_task = 1 << 14, alignment_check = 1 << 18;
    write_model_specific(sysenter_segment_register, 0);
    write_model_specific(segment_register, system_call_segments());
    write_model_specific(entry_register, reinterpret_cast<std::uint64_t>(system_call_entry));
    write_model_specific(flag_mask_register,
                         trap | interrupt | direction | privilege | nested_task | alignment_check);
    write_model_specific(feature_register, read_model_specific(feature_register) | system_call_enable);
}

void print_general_registers(const UserContext& registers, base::Sink sink) {
    base::format(sink, "  rax {:016x}  rbx {:016x}  rcx {:016x}  rdx {:016x}\n", registers.rax, registers.rbx,
                 registers.rcx, registers.rdx);
    base::format(sink, "  rsi {:016x}  rdi {:016x}  rbp {:016x}  rsp {:016x}\n", registers.rsi, registers.rdi,
                 registers.rbp, registers.rsp);
    base::format(sink, "  r8  {:016x}  r9  {:016x}  r10 {:016x}  r11 {:016x}\n", registers.r8, registers.r9,
                 registers.r10, registers.r11);
    base::format(sink, "  r12 {:016x}  r13 {:016x}  r14 {:016x}  r15 {:016x}\n", registers.r12, registers.r13,
                 registers.r14, registers.r15);
    base::format(sink, "  rip {:016x}  rflags {:08x}  cs {:04x}  ss {:04x}\n", registers.rip,
                 registers.rflags, registers.cs, registers.ss);
}

} // namespace

/// Called by trap.S, on the emergency stack.
extern "C" [[noreturn]] void platform_kernel_fault(const hal::TrapFrame& frame) {
    hal::on_fault(describe(frame), frame);
}

/// Called by trap.S, on the empty kernel stack: an exception or interrupt of user mode. Gives back the
/// context to go on with.
extern "C" UserContext* platform_user_trap(UserContext& context) {
    if (context.vector < exception_count) return &hal::on_user_fault(context, describe_user_fault(context));
    recorded_vector() = context.vector;
    return &hal::on_user_interrupt(context);
}

} // namespace platform

namespace hal {

base::Text<96> cause_of(const UserFault& fault) { return platform::describe_exception(fault.code); }

void trap_initialize() {
    if (current_cpu().index == 0) platform::build_interrupt_gates();
    platform::load_descriptor_tables();
    platform::set_control_register();
    platform::open_system_calls();
}

void print_registers(const TrapFrame& frame, base::Sink sink) {
    platform::print_general_registers(frame.registers, sink);
    base::format(sink, "  cr0 {:016x}  cr2 {:016x}  cr3 {:016x}  cr4 {:016x}\n", frame.cr0, frame.cr2,
                 frame.cr3, frame.cr4);
}

void print_registers(const UserContext& context, base::Sink sink) {
    platform::print_general_registers(context, sink);
}

} // namespace hal
