// The table of interrupt handlers, and the loop that serves what is pending.
#include "kernel/device/interrupts.h"

#include "hal/timer.h"
#include "kernel/base/log.h"
#include "kernel/sync/cpu_request.h"

namespace device {
namespace {

struct Attachment {
    hal::InterruptLine line{};
    std::string_view name;
    InterruptHandler handler = nullptr;
    void* context = nullptr;
    std::uint64_t count = 0;
};

constinit base::StaticVector<Attachment, 64> attachments;
constinit TimerHandler timer_handler = nullptr;
constinit std::uint64_t timer_count = 0;
constinit std::uint64_t spurious_count = 0;
constinit std::uint64_t unclaimed_count = 0;

Attachment* find(hal::InterruptLine line) {
    for (Attachment& attachment : attachments)
        if (attachment.line == line) return &attachment;
    return nullptr;
}

void handle_timer() {
    ++timer_count;
    if (timer_handler)
        timer_handler();
    else
        hal::clear_deadline();
}

/// An interrupt that nobody asked for would come for ever: its line is closed.
void handle_line(hal::InterruptLine line) {
    if (Attachment* attachment = find(line)) {
        ++attachment->count;
        attachment->handler(attachment->context);
    } else {
        ++unclaimed_count;
        hal::mask_interrupt(line);
        base::log("interrupts: line {} has no handler and was masked", line.number);
    }
}

void handle(const hal::Claim& claim) {
    switch (claim.kind) {
    case hal::Claim::Kind::timer: return handle_timer();
    case hal::Claim::Kind::line: return handle_line(claim.line);
    default:
        return locking::serve_requests(); // A notice from another CPU; often being here is all that it is
                                          // for.
    }
}

} // namespace

std::expected<void, abi::Error> attach(hal::InterruptLine line, std::string_view name,
                                       InterruptHandler handler, void* context) {
    if (find(line)) return std::unexpected(abi::Error::occupied);
    if (!attachments.push_back({line, name, handler, context}))
        return std::unexpected(abi::Error::out_of_memory);
    const auto opened = hal::unmask_interrupt(line);
    if (!opened) attachments.erase(attachments.size() - 1);
    return opened;
}

void attach_timer(TimerHandler handler) { timer_handler = handler; }

void dispatch_interrupts() {
    for (;;) {
        const hal::Claim claim = hal::claim_interrupt();
        if (claim.kind == hal::Claim::Kind::none) return;
        if (claim.kind == hal::Claim::Kind::spurious) {
            ++spurious_count;
            return;
        }
        // [lab 4: drop, handle, complete]
        hal::drop_interrupt(claim);
        handle(claim);
        hal::complete_interrupt(claim);
        // [/lab]
    }
}

void print_interrupts(base::Sink sink) {
    base::format(sink, "{} with {} lines; {} at {} Hz\n", hal::interrupt_controller_name(),
                 hal::interrupt_line_count(), hal::timer_name(), hal::timer_frequency());
    base::format(sink, "  line  trigger       count  handler\n");
    base::format(sink, "     -  deadline {:>10}  timer\n", timer_count);
    for (const Attachment& attachment : attachments)
        base::format(sink, "{:>6}  {:<8} {:>10}  {}\n", attachment.line.number,
                     attachment.line.edge_triggered ? "edge" : "level", attachment.count, attachment.name);
    base::format(sink, "spurious: {}, without a handler: {}\n", spurious_count, unclaimed_count);
}

} // namespace device
