// GICv2: distributor and CPU interface as memory-mapped registers (Arm IHI 0048, chapter 4). What is a CPU's
// own is banked: each finds its own registers at the same address.
#include <array>

#include "hal/smp.h"
#include "platform/arm64/barrier.h"
#include "platform/arm64/gic.h"
#include "platform/arm64/gic_v2m.h"

namespace platform::gic {
namespace {

namespace cpu_interface {
constexpr std::uint64_t control = 0x0000;
constexpr std::uint64_t priority_mask = 0x0004;
constexpr std::uint64_t acknowledge = 0x000c;
constexpr std::uint64_t end_of_interrupt = 0x0010;
constexpr std::uint64_t highest_pending = 0x0018;
constexpr std::uint64_t deactivate = 0x1000;
} // namespace cpu_interface

constexpr std::uint64_t software_interrupt = 0xf00; // GICD_SGIR: targets in 23:16, INTID in 3:0
constexpr std::uint32_t control_enable = 1 << 0;
constexpr std::uint32_t control_split_end = 1 << 9; // EOImode: EOIR drops, DIR deactivates

constinit RegisterBlock distributor_registers;
constinit RegisterBlock cpu_registers;
constinit std::uint32_t lines = 0;
constinit std::array<std::uint8_t, hal::max_cpus> target_bits{}; // What the distributor calls each CPU.

/// GICD_ITARGETSR0 to 7 read as the bit of the CPU that reads them (4.3.12).
std::uint8_t own_target_bit() { return distributor_registers.read<std::uint8_t>(distributor::target); }

void configure(std::uint32_t intid, bool edge) {
    if (intid < first_shared) return;
    set_trigger(distributor_registers, intid, edge);
    distributor_registers.write(distributor::target + intid, own_target_bit());
}

/// What is shared is deactivated in the distributor, for that may be done by any CPU; DIR asks the interface
/// of the one that claimed it (QEMU's does nothing on another).
void complete(std::uint32_t acknowledged) {
    if (acknowledged >= first_shared && acknowledged < lines)
        set_line_bit(distributor_registers, distributor::clear_active, acknowledged);
    else
        cpu_registers.write32(cpu_interface::deactivate, acknowledged);
}

void initialize_distributor() {
    distributor_registers.write32(distributor::control, 0);
    for (std::uint32_t first = first_shared; first < lines; first += 32)
        reset_lines(distributor_registers, first);
    distributor_registers.write32(distributor::control, control_enable);
}

void initialize_cpu() {
    reset_lines(distributor_registers, 0);
    set_line_bit(distributor_registers, distributor::set_enable, notice);
    target_bits[hal::current_cpu().index] = own_target_bit();
    cpu_registers.write32(cpu_interface::priority_mask, 0xff);
    cpu_registers.write32(cpu_interface::control, control_enable | control_split_end);
}

/// What was written before is seen by the CPU that is told to look.
void notify(std::uint32_t index) {
    // [lab 11: notify a CPU]
    Barrier::full();
    distributor_registers.write32(software_interrupt, std::uint32_t{target_bits[index]} << 16 | notice);
    // [/lab]
}

} // namespace

Driver initialize_v2(const hal::Device& device, const hal::Device* messages) {
    distributor_registers = RegisterBlock(device.registers[0].start);
    cpu_registers = RegisterBlock(device.registers[1].start);
    lines = line_count(distributor_registers);
    initialize_distributor();
    initialize_cpu();
    if (messages) v2m::initialize(*messages);
    return {
        .name = "GICv2",
        .acknowledge = [] { return cpu_registers.read32(cpu_interface::acknowledge); },
        .peek = [] { return cpu_registers.read32(cpu_interface::highest_pending); },
        .intid_mask = 0x3ff,
        .drop = [](std::uint32_t id) { cpu_registers.write32(cpu_interface::end_of_interrupt, id); },
        .complete = complete,
        .configure = configure,
        .enable = [](std::uint32_t id) { set_line_bit(distributor_registers, distributor::set_enable, id); },
        .disable =
            [](std::uint32_t id) { set_line_bit(distributor_registers, distributor::clear_enable, id); },
        .has = [](std::uint32_t id) { return id < lines; },
        .allocate_message = [](std::uint32_t) { return v2m::allocate(); },
        .initialize_cpu = initialize_cpu,
        .notify = notify,
        .line_count = lines,
    };
}

} // namespace platform::gic
