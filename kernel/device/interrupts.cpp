// The table of interrupt handlers, and the loop that serves what is pending.
#include "kernel/device/interrupts.h"

#include <optional>
#include <utility>

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
    bool is_held_back = false;         ///< Its handler only tells of it; complete_held() ends it.
    std::optional<hal::Claim> claim{}; ///< What is held back now.
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
bool close_unclaimed(hal::InterruptLine line) {
    ++unclaimed_count;
    hal::mask_interrupt(line);
    base::log("interrupts: line {} has no handler and was masked", line.number);
    return true;
}

bool handle_line(const hal::Claim& claim) {
    Attachment* const attachment = find(claim.line);
    if (!attachment) return close_unclaimed(claim.line);
    ++attachment->count;
    if (attachment->is_held_back) attachment->claim = claim;
    attachment->handler(attachment->context);
    return !attachment->is_held_back;
}

/// Serves it; false when it is held back, and completed by complete_held().
bool handle(const hal::Claim& claim) {
    switch (claim.kind) {
    case hal::Claim::Kind::timer: handle_timer(); return true;
    case hal::Claim::Kind::line: return handle_line(claim);
    default: // A notice from another CPU; often being here is all that it is for.
        locking::serve_requests();
        return true;
    }
}

void complete(Attachment& attachment) {
    if (const auto claim = std::exchange(attachment.claim, std::nullopt)) hal::complete_interrupt(*claim);
}

std::expected<void, abi::Error> add(const Attachment& attachment) {
    if (find(attachment.line)) return std::unexpected(abi::Error::occupied);
    if (!attachments.push_back(attachment)) return std::unexpected(abi::Error::out_of_memory);
    const auto opened = hal::unmask_interrupt(attachment.line);
    if (!opened) attachments.erase(attachments.size() - 1);
    return opened;
}

} // namespace

std::expected<void, abi::Error> attach(hal::InterruptLine line, std::string_view name,
                                       InterruptHandler handler, void* context) {
    return add({.line = line, .name = name, .handler = handler, .context = context});
}

std::expected<void, abi::Error> attach_held(hal::InterruptLine line, std::string_view name,
                                            InterruptHandler handler, void* context) {
    return add({.line = line, .name = name, .handler = handler, .context = context, .is_held_back = true});
}

void complete_held(hal::InterruptLine line) {
    if (Attachment* const attachment = find(line)) complete(*attachment);
}

/// Closed first: what is still raised must not come once more.
void detach(hal::InterruptLine line) {
    Attachment* const attachment = find(line);
    if (!attachment) return;
    hal::mask_interrupt(line);
    complete(*attachment);
    attachments.erase(static_cast<std::size_t>(attachment - attachments.begin()));
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
        if (handle(claim)) hal::complete_interrupt(claim);
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
