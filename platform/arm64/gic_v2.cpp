// GICv2: distributor and CPU interface as memory-mapped registers (Arm IHI 0048, chapter 4).
#include "platform/arm64/gic.h"
#include "platform/arm64/gic_v2m.h"

namespace platform::gic {
namespace {

namespace cpu_interface {
constexpr std::uint64_t control = 0x0000;
constexpr std::uint64_t priority_mask = 0x0004;
constexpr std::uint64_t acknowledge = 0x000c;
constexpr std::uint64_t end_of_interrupt = 0x0010;
constexpr std::uint64_t deactivate = 0x1000;
} // namespace cpu_interface

constexpr std::uint32_t control_enable = 1 << 0;
constexpr std::uint32_t control_split_end = 1 << 9; // EOImode: EOIR drops, DIR deactivates

constinit RegisterBlock distributor_registers;
constinit RegisterBlock cpu_registers;
constinit std::uint32_t lines = 0;

void configure(std::uint32_t intid, bool edge) {
    if (intid < first_shared) return;
    set_trigger(distributor_registers, intid, edge);
    const auto this_cpu =
        distributor_registers.read<std::uint8_t>(distributor::target); // Banked: one's own bit
    distributor_registers.write(distributor::target + intid, this_cpu);
}

void initialize_distributor() {
    distributor_registers.write32(distributor::control, 0);
    for (std::uint32_t first = 0; first < lines; first += 32) reset_lines(distributor_registers, first);
    distributor_registers.write32(distributor::control, control_enable);
}

void initialize_cpu() {
    cpu_registers.write32(cpu_interface::priority_mask, 0xff);
    cpu_registers.write32(cpu_interface::control, control_enable | control_split_end);
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
        .intid_mask = 0x3ff,
        .drop = [](std::uint32_t id) { cpu_registers.write32(cpu_interface::end_of_interrupt, id); },
        .complete = [](std::uint32_t id) { cpu_registers.write32(cpu_interface::deactivate, id); },
        .configure = configure,
        .enable = [](std::uint32_t id) { set_line_bit(distributor_registers, distributor::set_enable, id); },
        .disable =
            [](std::uint32_t id) { set_line_bit(distributor_registers, distributor::clear_enable, id); },
        .has = [](std::uint32_t id) { return id < lines; },
        .allocate_message = [](std::uint32_t) { return v2m::allocate(); },
        .line_count = lines,
    };
}

} // namespace platform::gic
