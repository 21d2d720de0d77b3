// Interrupts on x64: claim, drop and complete over local APIC and IOAPICs.
//
// A line's number is that of its global interrupt; behind the last of those come the messages, which devices
// send to the local APIC directly. Each has the vector of its number.
//
// A level-triggered line keeps asking until its device is served, so that drop masks it and complete unmasks
// it. An edge is remembered by the local APIC, and lost at a masked input: such a line stays open, and may be
// claimed again before complete.
#include "hal/interrupt.h"

#include <array>
#include <utility>

#include "hal/cpu.h"
#include "kernel/base/log.h"
#include "platform/x64/discovery.h"
#include "platform/x64/io_apic.h"
#include "platform/x64/local_apic.h"
#include "platform/x64/port.h"
#include "platform/x64/vector.h"

namespace {

using platform::IoApic;
namespace vector = platform::vector;

/// What the kernel wants of a line; its input is open when the line is unmasked and not held.
struct LineState {
    bool edge_triggered = false;
    bool unmasked = false;
    bool held = false; ///< Between drop and complete.
};

constinit base::StaticVector<IoApic, 16> io_apics;
constinit std::array<LineState, vector::line_limit> lines;
constinit std::uint32_t message_count = 0;

const IoApic* io_apic_of(std::uint32_t line) {
    for (const IoApic& io_apic : io_apics)
        if (line < vector::line_limit && io_apic.has(line)) return &io_apic;
    return nullptr;
}

bool is_message(std::uint32_t line) {
    const std::uint32_t first = hal::interrupt_line_count();
    return line >= first && line - first < message_count;
}

/// The two interrupt controllers of the first PCs would answer on the same wires.
void mask_legacy_controllers() {
    constexpr std::uint16_t first_mask_port = 0x21;
    constexpr std::uint16_t second_mask_port = 0xa1;
    platform::out8(first_mask_port, 0xff);
    platform::out8(second_mask_port, 0xff);
}

/// Lets one pending interrupt be taken, if there is one: between the NOP, which STI shields, and CLI.
void take_one() { asm volatile("sti\n\tnop\n\tcli" ::: "memory"); }

} // namespace

namespace hal {

void interrupt_initialize(const BootInfo&) {
    const platform::Madt& madt = platform::acpi_machine().madt;
    mask_legacy_controllers();
    platform::local_apic::initialize(madt.local_apic);
    for (const platform::IoApicEntry& entry : madt.io_apics)
        io_apics.push_back(IoApic(entry.address, entry.first_interrupt));
}

void interrupt_initialize_cpu() {
    platform::local_apic::initialize(platform::acpi_machine().madt.local_apic);
}

std::string_view interrupt_controller_name() { return "local APIC, IOAPIC"; }

std::uint32_t interrupt_line_count() {
    std::uint32_t end = 0;
    for (const IoApic& io_apic : io_apics) end = std::max(end, io_apic.first_line() + io_apic.line_count());
    return std::min(end, vector::line_limit);
}

Claim claim_interrupt() {
    // [lab 4: claim an interrupt]
    if (platform::recorded_vector() == 0) take_one();
    const auto taken = static_cast<std::uint32_t>(std::exchange(platform::recorded_vector(), 0));
    if (taken == 0) return {};
    if (taken == vector::timer) return {.kind = Claim::Kind::timer, .token = taken};
    if (taken == vector::notice) return {.kind = Claim::Kind::notice, .token = taken};
    const std::uint32_t line = taken - vector::first_line;
    if (taken < vector::first_line || line >= vector::line_limit) return {.kind = Claim::Kind::spurious};
    return {.kind = Claim::Kind::line, .line = {.number = line}, .token = taken};
    // [/lab]
}

void drop_interrupt(const Claim& claim) {
    const std::uint32_t line = claim.line.number;
    const IoApic* io_apic = claim.kind == Claim::Kind::line ? io_apic_of(line) : nullptr;
    if (io_apic && !lines[line].edge_triggered) {
        lines[line].held = true;
        io_apic->mask(line);
    }
    platform::local_apic::end_of_interrupt();
}

void complete_interrupt(const Claim& claim) {
    const std::uint32_t line = claim.line.number;
    const IoApic* io_apic = claim.kind == Claim::Kind::line ? io_apic_of(line) : nullptr;
    if (!io_apic || !std::exchange(lines[line].held, false)) return;
    if (lines[line].unmasked) io_apic->unmask(line);
}

void forget_notice() {
    if (platform::recorded_vector() != vector::notice) return;
    platform::recorded_vector() = 0;
    platform::local_apic::end_of_interrupt();
}

/// A message is sent by its device and stopped there: this side has nothing to open or close.
std::expected<void, abi::Error> unmask_interrupt(InterruptLine line) {
    if (is_message(line.number)) return {};
    const IoApic* io_apic = io_apic_of(line.number);
    if (!io_apic) return std::unexpected(abi::Error::not_found);
    LineState& state = lines[line.number];
    state.edge_triggered = line.edge_triggered;
    state.unmasked = true;
    io_apic->mask(line.number);
    io_apic->route(line, vector::first_line + line.number, platform::local_apic_id());
    if (!state.held) io_apic->unmask(line.number);
    return {};
}

void mask_interrupt(InterruptLine line) {
    const IoApic* io_apic = io_apic_of(line.number);
    if (!io_apic) return;
    lines[line.number].unmasked = false;
    io_apic->mask(line.number);
}

/// Intel SDM 3A, 10.11: the address names the local APIC, the data the vector; fixed delivery, edge.
std::expected<MessageInterrupt, abi::Error> allocate_message_interrupt(std::uint32_t) {
    constexpr std::uint64_t message_address = 0xfee0'0000;
    constexpr unsigned destination_shift = 12;
    const std::uint32_t number = interrupt_line_count() + message_count;
    if (number >= vector::line_limit) return std::unexpected(abi::Error::out_of_memory);
    ++message_count;
    return MessageInterrupt{
        .line = {.number = number, .edge_triggered = true},
        .address = {message_address | std::uint64_t{platform::local_apic_id()} << destination_shift},
        .data = vector::first_line + number};
}

} // namespace hal
