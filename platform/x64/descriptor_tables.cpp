// GDT, TSS and IDT of x64 (Intel SDM 3A, 3.4.5, 7.7 and 6.14).
#include "platform/x64/descriptor_tables.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "hal/cpu.h"
#include "hal/smp.h"
#include "platform/x64/context.h"

extern "C" char trap_vectors[];

namespace platform {
namespace {

constexpr unsigned trap_vector_size = 16;

// The GDT's order is what SYSCALL and SYSRET want: kernel data behind kernel code, user code behind user
// data.
constexpr std::uint16_t code_selector = 1 << 3;
constexpr std::uint16_t data_selector = 2 << 3;
constexpr std::uint16_t task_selector = 5 << 3;

/// What a descriptor-table register is loaded from (Intel SDM 3A, figure 2-6).
struct [[gnu::packed]] TablePointer {
    std::uint16_t limit;
    std::uint64_t base;
};

/// The 64-bit task state segment: where the CPU finds stacks (Intel SDM 3A, 7.7).
struct [[gnu::packed]] TaskState {
    std::uint32_t reserved_0;
    std::array<std::uint64_t, 3>
        ring_stacks; ///< The first: the end of the context that user mode's traps fill.
    std::uint64_t reserved_1;
    std::array<std::uint64_t, 7> interrupt_stacks; ///< IST1 to IST7; the first: the emergency stack's end.
    std::array<std::uint16_t, 5> reserved_2;
    std::uint16_t io_map;
};

static_assert(sizeof(TaskState) == 104);

/// One entry of the IDT (Intel SDM 3A, 6.14.1).
struct InterruptGate {
    std::uint16_t offset_low;
    std::uint16_t selector;
    std::uint8_t interrupt_stack;
    std::uint8_t type;
    std::uint16_t offset_middle;
    std::uint32_t offset_high;
    std::uint32_t reserved;
};

static_assert(sizeof(InterruptGate) == 16);

/// What each CPU has of its own; trap.S finds it by SWAPGS. No page boundary may cut through the task state
/// (Intel SDM 3A, 7.2.1).
struct alignas(256) CpuTables {
    TaskState task_state{};
    std::uint64_t user_stack = 0; ///< Where SYSCALL's entry puts the user's stack pointer for a moment.
    std::uint64_t kernel_stack_end = 0;
    std::array<std::uint64_t, 7> segments{
        0,
        0x0020'9b00'0000'0000, // Kernel code: present, ring 0, 64-bit
        0x0000'9300'0000'0000, // Kernel data: present, ring 0, writable
        0x0000'f300'0000'0000, // User data: present, ring 3, writable
        0x0020'fb00'0000'0000, // User code: present, ring 3, 64-bit; none is for 32 bits
        0,                     // The task state, two entries long
        0,
    };
};

static_assert(sizeof(CpuTables) == 256 && offsetof(CpuTables, task_state.ring_stacks) == 4 &&
                  offsetof(CpuTables, task_state.interrupt_stacks) == 36 &&
                  offsetof(CpuTables, user_stack) == 104 && offsetof(CpuTables, kernel_stack_end) == 112,
              "trap.S and context.S know this layout");

constinit std::array<CpuTables, hal::max_cpus> tables_of_cpus{};
constinit std::array<InterruptGate, 256> interrupt_gates{};

std::uint64_t address_of(const void* object) { return reinterpret_cast<std::uint64_t>(object); }

/// NMI, double fault and machine check may find any stack in any state.
bool needs_emergency_stack(unsigned vector) { return vector == 2 || vector == 8 || vector == 18; }

/// INT3 and INT 4 are user mode's to execute; any other number in an INT is a general-protection fault.
bool is_open_to_user(unsigned vector) { return vector == 3 || vector == 4; }

InterruptGate interrupt_gate(unsigned vector) {
    constexpr std::uint8_t present_interrupt_gate = 0x8e; // It masks interrupts on entry.
    constexpr std::uint8_t user_privilege = 3 << 5;
    const std::uint64_t entry = address_of(trap_vectors) + vector * trap_vector_size;
    return {.offset_low = static_cast<std::uint16_t>(entry),
            .selector = code_selector,
            .interrupt_stack = static_cast<std::uint8_t>(needs_emergency_stack(vector) ? 1 : 0),
            .type = static_cast<std::uint8_t>(present_interrupt_gate |
                                              (is_open_to_user(vector) ? user_privilege : 0)),
            .offset_middle = static_cast<std::uint16_t>(entry >> 16),
            .offset_high = static_cast<std::uint32_t>(entry >> 32),
            .reserved = 0};
}

/// A system descriptor of 16 bytes (Intel SDM 3A, 7.2.3).
void describe_task_state(CpuTables& tables) {
    constexpr std::uint64_t present_available_task = std::uint64_t{0x89} << 40;
    const std::uint64_t base = address_of(&tables.task_state);
    tables.segments[5] = (sizeof(TaskState) - 1) | (base & 0xff'ffff) << 16 | present_available_task |
                         (base >> 24 & 0xff) << 56;
    tables.segments[6] = base >> 32;
}

void name_stacks(CpuTables& tables, hal::CpuLocal& local) {
    tables.kernel_stack_end = address_of(&local) + hal::kernel_stack_size;
    tables.task_state.interrupt_stacks[0] = local.emergency_stack_end;
    tables.task_state.io_map = sizeof(TaskState); // Beyond the end: no port is open to user mode.
}

/// Loads the GDT, and every segment register from it: boot.S's own is no longer mapped. There is no LDT.
void load_segments(const CpuTables& tables) {
    const TablePointer pointer{sizeof(tables.segments) - 1, address_of(&tables.segments)};
    asm volatile("lgdt %0\n\t"
                 "pushq %q1\n\t"
                 "leaq 1f(%%rip), %%rax\n\t"
                 "pushq %%rax\n\t"
                 "lretq\n"
                 "1:\n\t"
                 "movw %w2, %%ss\n\t"
                 "movw %w2, %%ds\n\t"
                 "movw %w2, %%es\n\t"
                 "movw %w3, %%fs\n\t"
                 "movw %w3, %%gs\n\t"
                 "lldt %w3\n\t"
                 "ltr %w4" ::"m"(pointer),
                 "r"(static_cast<std::uint64_t>(code_selector)), "r"(data_selector), "r"(std::uint16_t{0}),
                 "r"(task_selector)
                 : "rax", "memory");
}

/// User mode finds both bases 0 and cannot change them: selectors of this GDT load 0, and CR4.FSGSBASE is
/// off.
void load_segment_bases(const CpuTables& tables) {
    constexpr std::uint32_t fs_base_register = 0xc000'0100;
    constexpr std::uint32_t gs_base_register = 0xc000'0101;
    constexpr std::uint32_t swapped_gs_base_register = 0xc000'0102; // IA32_KERNEL_GS_BASE
    write_model_specific(fs_base_register, 0);
    write_model_specific(gs_base_register, 0);
    write_model_specific(swapped_gs_base_register, address_of(&tables));
}

void load_interrupt_gates() {
    const TablePointer pointer{sizeof(interrupt_gates) - 1, address_of(&interrupt_gates)};
    asm volatile("lidt %0" ::"m"(pointer));
}

} // namespace

void build_interrupt_gates() {
    for (unsigned vector = 0; vector < interrupt_gates.size(); ++vector)
        interrupt_gates[vector] = interrupt_gate(vector);
}

void load_descriptor_tables() {
    hal::CpuLocal& local = hal::current_cpu();
    CpuTables& tables = tables_of_cpus[local.index];
    name_stacks(tables, local);
    describe_task_state(tables);
    load_segments(tables);
    load_segment_bases(tables);
    load_interrupt_gates();
}

std::uint64_t system_call_segments() {
    constexpr unsigned kernel_shift = 32; // SYSCALL: this for code, the next for the stack
    constexpr unsigned user_shift = 48;   // SYSRET: the next for the stack, the one behind it for code
    constexpr std::uint64_t before_user_data = user_data_selector - 8;
    return before_user_data << user_shift | std::uint64_t{code_selector} << kernel_shift;
}

} // namespace platform
