// The registers of the local APIC, in memory (xAPIC mode; Intel SDM 3A, table 10-1).
#include "platform/x64/local_apic.h"

#include <array>

#include "hal/cpu.h"
#include "hal/smp.h"
#include "kernel/base/log.h"
#include "platform/shared/mmio.h"
#include "platform/x64/vector.h"

namespace platform::local_apic {
namespace {

namespace offset {
constexpr std::uint64_t task_priority = 0x080;
constexpr std::uint64_t end_of_interrupt = 0x0b0;
constexpr std::uint64_t spurious_vector = 0x0f0;
constexpr std::uint64_t error_status = 0x280;
constexpr std::uint64_t command_low = 0x300;
constexpr std::uint64_t command_high = 0x310;
constexpr std::uint64_t timer = 0x320;
constexpr std::uint64_t local_interrupt_0 = 0x350;
constexpr std::uint64_t local_interrupt_1 = 0x360;
constexpr std::uint64_t error = 0x370;
constexpr std::uint64_t initial_count = 0x380;
constexpr std::uint64_t current_count = 0x390;
constexpr std::uint64_t divide_configuration = 0x3e0;
} // namespace offset

constexpr std::uint32_t software_enable = 1 << 8; // spurious_vector
constexpr std::uint32_t masked = 1 << 16;         // Local vector table
constexpr std::uint32_t deliver_as_nmi = 4 << 8;  // Local vector table
constexpr std::uint32_t divide_by_16 = 0b0011;    // A 32-bit count then lasts for a minute at 1 GHz.

constexpr std::uint32_t deliver_as_init = 5 << 8;   // Interrupt command
constexpr std::uint32_t deliver_as_start = 6 << 8;  // Interrupt command
constexpr std::uint32_t delivery_pending = 1 << 12; // Interrupt command
constexpr std::uint32_t level_assert = 1 << 14;     // Interrupt command: for all but the INIT of old CPUs
constexpr unsigned destination_shift = 24;          // Interrupt command, upper half

constexpr std::uint32_t apic_base_register = 0x1b; // IA32_APIC_BASE
constexpr std::uint64_t base_enable = 1 << 11;
constexpr std::uint64_t base_x2apic = 1 << 10;

constinit RegisterBlock block;                            // The same address on all CPUs, each its own
constinit std::array<std::uint32_t, hal::max_cpus> ids{}; // Of each CPU that has been initialised

/// Sends an interrupt to other CPUs (Intel SDM 3A, 10.6.1), behind the one before.
void send(std::uint32_t local_apic, std::uint32_t command) {
    while (block.read32(offset::command_low) & delivery_pending) Cpu::relax();
    block.write32(offset::command_high, local_apic << destination_shift);
    block.write32(offset::command_low, command | level_assert);
}

} // namespace

void initialize(base::PhysicalAddress registers) {
    const std::uint64_t base = read_model_specific(apic_base_register);
    if (base & base_x2apic)
        base::panic("interrupts: the local APIC is in x2APIC mode, which this kernel does not drive");
    write_model_specific(apic_base_register, base | base_enable);
    block = RegisterBlock(registers);
    const std::uint32_t index = hal::current_cpu().index;
    const bool is_boot_cpu = index == 0;
    ids[index] = local_apic_id();
    block.write32(offset::spurious_vector, software_enable | vector::spurious);
    block.write32(offset::task_priority, 0);
    block.write32(offset::timer, masked);
    block.write32(offset::local_interrupt_0, masked); // The 8259 pair, which is masked itself
    block.write32(offset::local_interrupt_1, is_boot_cpu ? deliver_as_nmi : masked); // One report is enough.
    block.write32(offset::error, masked);
    block.write32(offset::error_status, 0);
    end_of_interrupt(); // For one that firmware may have left in service.
}

void end_of_interrupt() { block.write32(offset::end_of_interrupt, 0); }

void start_timer(std::uint32_t ticks) {
    block.write32(offset::divide_configuration, divide_by_16);
    block.write32(offset::timer, vector::timer); // One shot
    block.write32(offset::initial_count, ticks);
}

std::uint32_t timer_count() { return block.read32(offset::current_count); }

void notify(std::uint32_t cpu_index) {
    // [lab 11: notify a CPU]
    send(ids[cpu_index], vector::notice);
    // [/lab]
}

void send_start(std::uint32_t local_apic, StartStep step, std::uint32_t page) {
    send(local_apic, step == StartStep::reset ? deliver_as_init : deliver_as_start | page);
}

} // namespace platform::local_apic
