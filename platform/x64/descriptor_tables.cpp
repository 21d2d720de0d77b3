// GDT, TSS and IDT of x64 (Intel SDM 3A, 3.4.5, 7.7 and 6.14).
#include "platform/x64/descriptor_tables.h"

#include <array>
#include <cstdint>

#include "hal/image.h"

extern "C" char trap_vectors[];

namespace platform {
namespace {

constexpr unsigned trap_vector_size = 16;

constexpr std::uint16_t code_selector = 1 << 3;
constexpr std::uint16_t data_selector = 2 << 3;
constexpr std::uint16_t task_selector = 3 << 3;

/// What a descriptor-table register is loaded from (Intel SDM 3A, figure 2-6).
struct [[gnu::packed]] TablePointer {
    std::uint16_t limit;
    std::uint64_t base;
};

/// The 64-bit task state segment: where the CPU finds stacks (Intel SDM 3A, 7.7).
struct [[gnu::packed]] TaskState {
    std::uint32_t reserved_0;
    std::array<std::uint64_t, 3> ring_stacks;
    std::uint64_t reserved_1;
    std::array<std::uint64_t, 7> interrupt_stacks; // IST1 to IST7
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

constinit TaskState task_state{};
constinit std::array<InterruptGate, 256> interrupt_gates{};
constinit std::array<std::uint64_t, 5> segments{
    0,
    0x0020'9b00'0000'0000, // Kernel code: present, ring 0, 64-bit
    0x0000'9300'0000'0000, // Kernel data: present, ring 0, writable
    0,                     // The task state, two entries long
    0,
};

std::uint64_t address_of(const void* object) { return reinterpret_cast<std::uint64_t>(object); }

InterruptGate interrupt_gate(unsigned vector) {
    constexpr std::uint8_t present_interrupt_gate = 0x8e; // It masks interrupts on entry.
    const std::uint64_t entry = address_of(trap_vectors) + vector * trap_vector_size;
    return {.offset_low = static_cast<std::uint16_t>(entry),
            .selector = code_selector,
            .interrupt_stack = static_cast<std::uint8_t>(vector < exception_count ? 1 : 0),
            .type = present_interrupt_gate,
            .offset_middle = static_cast<std::uint16_t>(entry >> 16),
            .offset_high = static_cast<std::uint32_t>(entry >> 32),
            .reserved = 0};
}

/// A system descriptor of 16 bytes (Intel SDM 3A, 7.2.3).
void describe_task_state() {
    constexpr std::uint64_t present_available_task = std::uint64_t{0x89} << 40;
    const std::uint64_t base = address_of(&task_state);
    segments[3] = (sizeof(TaskState) - 1) | (base & 0xff'ffff) << 16 | present_available_task |
                  (base >> 24 & 0xff) << 56;
    segments[4] = base >> 32;
}

/// Loads the GDT, and every segment register from it: boot.S's own is no longer mapped.
void load_segments() {
    const TablePointer pointer{sizeof(segments) - 1, address_of(&segments)};
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
                 "ltr %w4" ::"m"(pointer),
                 "r"(static_cast<std::uint64_t>(code_selector)), "r"(data_selector), "r"(std::uint16_t{0}),
                 "r"(task_selector)
                 : "rax", "memory");
}

void load_interrupt_gates() {
    const TablePointer pointer{sizeof(interrupt_gates) - 1, address_of(&interrupt_gates)};
    asm volatile("lidt %0" ::"m"(pointer));
}

} // namespace

void load_descriptor_tables() {
    task_state.interrupt_stacks[0] = address_of(kernel_emergency_stack_end);
    task_state.io_map = sizeof(TaskState); // Beyond the end: no port is open to user mode.
    describe_task_state();
    for (unsigned vector = 0; vector < interrupt_gates.size(); ++vector)
        interrupt_gates[vector] = interrupt_gate(vector);
    load_segments();
    load_interrupt_gates();
}

} // namespace platform
