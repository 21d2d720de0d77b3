// The registers of the local APIC, in memory (xAPIC mode; Intel SDM 3A, table 10-1).
#include "platform/x64/local_apic.h"

#include "kernel/base/log.h"
#include "platform/shared/mmio.h"
#include "platform/x64/cpu.h"
#include "platform/x64/vector.h"

namespace platform::local_apic {
namespace {

namespace offset {
constexpr std::uint64_t task_priority = 0x080;
constexpr std::uint64_t end_of_interrupt = 0x0b0;
constexpr std::uint64_t spurious_vector = 0x0f0;
constexpr std::uint64_t error_status = 0x280;
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

constexpr std::uint32_t apic_base_register = 0x1b; // IA32_APIC_BASE
constexpr std::uint64_t base_enable = 1 << 11;
constexpr std::uint64_t base_x2apic = 1 << 10;

constinit RegisterBlock block;

} // namespace

void initialize(base::PhysicalAddress registers) {
    const std::uint64_t base = read_model_specific(apic_base_register);
    if (base & base_x2apic)
        base::panic("interrupts: the local APIC is in x2APIC mode, which this kernel does not drive");
    write_model_specific(apic_base_register, base | base_enable);
    block = RegisterBlock(registers);
    block.write32(offset::spurious_vector, software_enable | vector::spurious);
    block.write32(offset::task_priority, 0);
    block.write32(offset::timer, masked);
    block.write32(offset::local_interrupt_0, masked); // The 8259 pair, which is masked itself
    block.write32(offset::local_interrupt_1, deliver_as_nmi);
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

} // namespace platform::local_apic
