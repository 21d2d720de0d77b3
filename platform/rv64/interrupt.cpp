// Interrupts on rv64: the timer and notices, which are the hart's own, and the lines of the PLIC.
#include "hal/interrupt.h"

#include "hal/smp.h"
#include "hal/timer.h"
#include "kernel/base/log.h"
#include "platform/rv64/csr.h"
#include "platform/rv64/discovery.h"
#include "platform/rv64/hart.h"
#include "platform/rv64/plic.h"

namespace {

constinit platform::Plic plic;

std::optional<platform::Node> find_plic(const platform::DeviceTree& tree) {
    const auto sifive = tree.find_compatible("sifive,plic-1.0.0");
    return sifive ? sifive : tree.find_compatible("riscv,plic0");
}

/// Describes the controller to this hart, and lets in what may interrupt it, but for the timer.
void enable_hart(const platform::DeviceTree& tree, platform::Node node) {
    hal::CpuLocal& local = hal::current_cpu();
    const auto context = plic.context_of(tree, node, local.platform[platform::hart_id]);
    if (!context) base::panic("interrupts: {} {}", context.error().detail, local.platform[platform::hart_id]);
    local.platform[platform::plic_context] = *context;
    plic.reset_context(*context);
    platform::csr::sie::write(platform::external_interrupt | platform::software_interrupt);
}

std::uint32_t context_of_this_hart() {
    return static_cast<std::uint32_t>(hal::current_cpu().platform[platform::plic_context]);
}

// A claim is completed for the context that made it, wherever that is done. Sources are below 1024.
constexpr unsigned context_shift = 10;
constexpr std::uint32_t source_mask = (1 << context_shift) - 1;

} // namespace

namespace hal {

void interrupt_initialize(const BootInfo& boot_info) {
    const platform::DeviceTree& tree = platform::device_tree();
    const auto node = find_plic(tree);
    const Device* device = node ? platform::device_of(boot_info, *node) : nullptr;
    if (!device)
        base::panic("interrupts: no PLIC (sifive,plic-1.0.0 or riscv,plic0) in the device tree, and no other "
                    "controller is known here: start QEMU's virt without aia=");
    const auto found = platform::Plic::describe(tree, *node, *device);
    if (!found) base::panic("interrupts: {}", found.error().detail);
    plic = *found;
    plic.reset();
    enable_hart(tree, *node);
}

void interrupt_initialize_cpu() {
    const platform::DeviceTree& tree = platform::device_tree();
    enable_hart(tree, *find_plic(tree)); // It was there when the boot CPU looked.
}

std::string_view interrupt_controller_name() { return "PLIC"; }

std::uint32_t interrupt_line_count() { return plic.source_count(); }

Claim claim_interrupt() {
    // [lab 4: claim an interrupt]
    const std::uint64_t pending = platform::csr::sip::read() & platform::csr::sie::read();
    if (pending & platform::timer_interrupt) {
        clear_deadline(); // It stays pending until then, and has no controller that would hold it back.
        return {.kind = Claim::Kind::timer};
    }
    if (pending & platform::software_interrupt) {
        platform::csr::sip::clear(platform::software_interrupt); // Before what it is about is looked at.
        return {.kind = Claim::Kind::notice};
    }
    if ((pending & platform::external_interrupt) == 0) return {};
    const std::uint32_t context = context_of_this_hart();
    const std::uint32_t source = plic.claim(context);
    if (source == 0) return {.kind = Claim::Kind::spurious};
    return {
        .kind = Claim::Kind::line, .line = {.number = source}, .token = context << context_shift | source};
    // [/lab]
}

/// The PLIC holds a claimed line back, but no other: there is no priority to drop.
void drop_interrupt(const Claim&) {}

void complete_interrupt(const Claim& claim) {
    if (claim.kind == Claim::Kind::line)
        plic.complete(claim.token >> context_shift, claim.token & source_mask);
}

void forget_notice() { platform::csr::sip::clear(platform::software_interrupt); }

std::expected<void, abi::Error> unmask_interrupt(InterruptLine line) {
    if (line.number == 0 || line.number > plic.source_count()) return std::unexpected(abi::Error::not_found);
    plic.open(context_of_this_hart(), line.number);
    return {};
}

void mask_interrupt(InterruptLine line) {
    if (line.number != 0 && line.number <= plic.source_count()) plic.close(line.number);
}

/// A PLIC has no door for messages: its sources are wires.
std::expected<MessageInterrupt, abi::Error> allocate_message_interrupt(std::uint32_t) {
    return std::unexpected(abi::Error::unsupported);
}

} // namespace hal
