// GICv3: distributor and redistributors in memory, the CPU interface as system registers (Arm IHI 0069,
// chapter 12).
#include <array>

#include "hal/smp.h"
#include "kernel/base/log.h"
#include "platform/arm64/cpu.h"
#include "platform/arm64/gic_its.h"
#include "platform/arm64/gic_lpi.h"

namespace platform::gic {
namespace {

namespace redistributor {
constexpr std::uint64_t type = 0x0008;
constexpr std::uint64_t waker = 0x0014;
constexpr std::uint64_t private_lines = 0x1'0000; // SGI_base
} // namespace redistributor

constexpr std::uint32_t control_affinity_routing = 1 << 4;
constexpr std::uint32_t control_enable_group_1 = 1 << 1;
constexpr std::uint32_t waker_processor_sleep = 1 << 1;
constexpr std::uint32_t waker_children_asleep = 1 << 2;
constexpr std::uint64_t type_virtual_lpis = 1 << 1;
constexpr std::uint64_t type_last = 1 << 4;
constexpr std::uint32_t type_messages = 1 << 17;    // GICD_TYPER.LPIS
constexpr std::uint64_t route = 0x6000;             // GICD_IROUTER<n>, 8 bytes an INTID
constexpr std::uint64_t control_split_end = 1 << 1; // ICC_CTLR_EL1.EOImode

constinit RegisterBlock distributor_registers;
constinit base::PhysicalRange redistributors{};
constinit std::uint32_t lines = 0;

/// What is a CPU's own; by its index.
struct PerCpu {
    RegisterBlock private_registers;
    std::uint64_t affinity = 0;
};

constinit std::array<PerCpu, hal::max_cpus> cpus{};

PerCpu& own() { return cpus[hal::current_cpu().index]; }

/// GICR_TYPER holds the affinity of its CPU, packed into its upper half.
bool belongs_to_this_cpu(std::uint64_t type) {
    const std::uint64_t own = own_affinity();
    return type >> 32 == ((own >> 32 & 0xff) << 24 | (own & 0xff'ffff));
}

/// This CPU's frame among those of all CPUs: two 64 KiB pages each, four where there are virtual LPIs.
base::PhysicalAddress find_redistributor() {
    std::uint64_t offset = 0;
    while (offset + 0x2'0000 <= redistributors.size) {
        const base::PhysicalAddress frame = redistributors.start + offset;
        const auto type = RegisterBlock(frame).read<std::uint64_t>(redistributor::type);
        if (belongs_to_this_cpu(type)) return frame;
        if (type & type_last) break;
        offset += type & type_virtual_lpis ? 0x4'0000 : 0x2'0000;
    }
    base::panic("GICv3: no redistributor in {} serves this CPU", redistributors.start);
}

void wake(base::PhysicalAddress frame) {
    const RegisterBlock registers(frame);
    registers.write32(redistributor::waker, registers.read32(redistributor::waker) & ~waker_processor_sleep);
    while (registers.read32(redistributor::waker) & waker_children_asleep) Cpu::relax();
}

void initialize_distributor() {
    distributor_registers.write32(distributor::control, 0);
    distributor_registers.write32(distributor::control, control_affinity_routing);
    for (std::uint32_t first = first_shared; first < lines; first += 32) {
        reset_lines(distributor_registers, first);
        distributor_registers.write32(distributor::group + first / 8, ~0u);
    }
    distributor_registers.write32(distributor::control, control_affinity_routing | control_enable_group_1);
}

void initialize_cpu() {
    const base::PhysicalAddress frame = find_redistributor();
    wake(frame);
    const RegisterBlock private_registers(frame + redistributor::private_lines);
    own() = {private_registers, own_affinity()};
    reset_lines(private_registers, 0);
    private_registers.write32(distributor::group, ~0u);
    set_line_bit(private_registers, distributor::set_enable, notice);
    asm volatile("msr icc_sre_el1, %0\n\tisb" ::"r"(std::uint64_t{1}));
    asm volatile("msr icc_pmr_el1, %0" ::"r"(std::uint64_t{0xff}));
    asm volatile("msr icc_ctlr_el1, %0" ::"r"(control_split_end));
    asm volatile("msr icc_igrpen1_el1, %0\n\tisb" ::"r"(std::uint64_t{1}));
}

/// Without them devices have to use lines.
void initialize_messages(const hal::Device& service, base::PhysicalAddress redistributor_frame) {
    const bool has_any = distributor_registers.read32(distributor::type) & type_messages;
    if (!has_any || !lpi::initialize(RegisterBlock(redistributor_frame)) ||
        !its::initialize(service, redistributor_frame))
        base::log("GICv3: {} is not used, so that there are no message interrupts", service.name);
}

/// A line's enable bit is in the redistributor when it is private, else in the distributor.
const RegisterBlock& home(std::uint32_t intid) {
    return intid < first_shared ? own().private_registers : distributor_registers;
}

void configure(std::uint32_t intid, bool edge) {
    if (intid < first_shared || intid >= lpi::first) return;
    set_trigger(distributor_registers, intid, edge);
    distributor_registers.write(route + 8 * intid, own_affinity());
}

void enable(std::uint32_t intid) {
    if (intid >= lpi::first) return its::set_enabled(intid, true);
    set_line_bit(home(intid), distributor::set_enable, intid);
}

void disable(std::uint32_t intid) {
    if (intid >= lpi::first) return its::set_enabled(intid, false);
    set_line_bit(home(intid), distributor::clear_enable, intid);
}

std::uint32_t acknowledge() {
    std::uint64_t id;
    asm volatile("mrs %0, icc_iar1_el1\n\tdsb sy" : "=r"(id)::"memory");
    return static_cast<std::uint32_t>(id);
}

std::uint32_t peek() {
    std::uint64_t id;
    asm volatile("mrs %0, icc_hppir1_el1" : "=r"(id)::"memory");
    return static_cast<std::uint32_t>(id);
}

void drop(std::uint32_t id) {
    asm volatile("msr icc_eoir1_el1, %0\n\tisb" ::"r"(std::uint64_t{id}) : "memory");
}

void complete(std::uint32_t id) {
    if (id >= lpi::first) return;
    asm volatile("msr icc_dir_el1, %0\n\tisb" ::"r"(std::uint64_t{id}) : "memory");
}

/// ICC_SGI1R_EL1 (12.2.22): the upper parts of the affinity, and a bit for one of 16 CPUs that share them.
/// What was written before is seen by the CPU that is told to look.
void notify(std::uint32_t index) {
    // [lab 11: notify a CPU]
    const std::uint64_t affinity = cpus[index].affinity;
    const std::uint64_t low = affinity & 0xff, upper = affinity >> 8;
    const std::uint64_t request = (upper >> 24 & 0xff) << 48 | (low / 16) << 44 | (upper >> 8 & 0xff) << 32 |
                                  std::uint64_t{notice} << 24 | (upper & 0xff) << 16 | 1u << low % 16;
    asm volatile("dsb sy\n\tmsr icc_sgi1r_el1, %0\n\tisb" ::"r"(request) : "memory");
    // [/lab]
}

} // namespace

Driver initialize_v3(const hal::Device& device, const hal::Device* messages) {
    distributor_registers = RegisterBlock(device.registers[0].start);
    redistributors = device.registers[1];
    lines = line_count(distributor_registers);
    initialize_distributor();
    initialize_cpu();
    if (messages) initialize_messages(*messages, find_redistributor());
    return {
        .name = "GICv3",
        .acknowledge = acknowledge,
        .peek = peek,
        .intid_mask = 0xff'ffff,
        .drop = drop,
        .complete = complete,
        .configure = configure,
        .enable = enable,
        .disable = disable,
        .has = [](std::uint32_t id) { return id < lines || its::has(id); },
        .allocate_message = its::allocate,
        .initialize_cpu = initialize_cpu,
        .notify = notify,
        .line_count = lines,
    };
}

} // namespace platform::gic
