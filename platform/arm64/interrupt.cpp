// Interrupts on arm64: claim, drop and complete over whichever GIC the machine has.
#include "hal/interrupt.h"

#include "hal/smp.h"
#include "kernel/base/log.h"
#include "platform/arm64/gic.h"
#include "platform/arm64/timer_line.h"

namespace {

constinit platform::gic::Driver controller{};

/// Whether the controller signals this CPU at all (Arm ARM D13.2.62, ISR_EL1.I).
bool is_signalled() {
    std::uint64_t status;
    asm volatile("mrs %0, isr_el1" : "=r"(status));
    return (status & 1 << 7) != 0;
}

} // namespace

namespace hal {

void interrupt_initialize(const BootInfo& boot_info) {
    const Device* frame = find_device(boot_info, "arm,gic-v2m-frame");
    const Device* translation = find_device(boot_info, "arm,gic-v3-its");
    if (const Device* v3 = find_device(boot_info, "arm,gic-v3"); v3 && v3->registers.size() >= 2)
        controller = platform::gic::initialize_v3(*v3, translation);
    else if (const Device* v2 = find_device(boot_info, "arm,cortex-a15-gic"); v2 && v2->registers.size() >= 2)
        controller = platform::gic::initialize_v2(*v2, frame);
    else if (const Device* gic400 = find_device(boot_info, "arm,gic-400");
             gic400 && gic400->registers.size() >= 2)
        controller = platform::gic::initialize_v2(*gic400, frame);
    else
        base::panic("interrupts: no arm,gic-v3 or arm,cortex-a15-gic in the device tree; QEMU has both "
                    "(GIC=2, GIC=3)");
}

void interrupt_initialize_cpu() { controller.initialize_cpu(); }

std::string_view interrupt_controller_name() { return controller.name; }

std::uint32_t interrupt_line_count() { return controller.line_count; }

Claim claim_interrupt() {
    // [lab 4: claim an interrupt]
    if (!is_signalled()) return {};
    const std::uint32_t acknowledged = controller.acknowledge();
    const std::uint32_t intid = acknowledged & controller.intid_mask;
    if (platform::gic::is_special(intid)) return {.kind = Claim::Kind::spurious};
    if (intid == platform::gic::notice) return {.kind = Claim::Kind::notice, .token = acknowledged};
    const auto kind = intid == platform::timer_line() ? Claim::Kind::timer : Claim::Kind::line;
    return {.kind = kind, .line = {.number = intid}, .token = acknowledged};
    // [/lab]
}

void drop_interrupt(const Claim& claim) { controller.drop(claim.token); }

void complete_interrupt(const Claim& claim) { controller.complete(claim.token); }

void forget_notice() {
    if (!is_signalled() || (controller.peek() & controller.intid_mask) != platform::gic::notice) return;
    const std::uint32_t acknowledged = controller.acknowledge();
    controller.drop(acknowledged);
    controller.complete(acknowledged);
}

std::expected<void, abi::Error> unmask_interrupt(InterruptLine line) {
    if (!controller.has(line.number)) return std::unexpected(abi::Error::not_found);
    controller.configure(line.number, line.edge_triggered);
    controller.enable(line.number);
    return {};
}

void mask_interrupt(InterruptLine line) {
    if (controller.has(line.number)) controller.disable(line.number);
}

void notify_cpu(std::uint32_t index) { controller.notify(index); }

std::expected<MessageInterrupt, abi::Error> allocate_message_interrupt(std::uint32_t requester) {
    return controller.allocate_message(requester);
}

} // namespace hal
