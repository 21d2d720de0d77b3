// Setting bits and taking them.
#include "kernel/ipc/notification.h"

#include <utility>

#include "kernel/ipc/endpoint.h"
#include "kernel/ipc/transfer.h"
#include "kernel/schedule/scheduler.h"
#include "kernel/schedule/timers.h"

namespace ipc {

void Notification::register_type() {
    object::register_type(object_type, {.end = on_end, .free = [](object::Object& object) {
                                            delete &static_cast<Notification&>(object);
                                        }});
}

void Notification::on_end(object::Object& object) {
    auto& notification = static_cast<Notification&>(object);
    notification.unbind();
    schedule::cancel_timer(notification.timer_);
    while (schedule::Thread* const waiting = notification.waiting_.first()) {
        waiting->context.set_status(static_cast<std::uint64_t>(Error::gone));
        schedule::wake(*waiting);
    }
}

void Notification::signal(std::uint64_t bits) {
    bits_ |= bits;
    if (schedule::Thread* const waiting = waiting_.first()) {
        waiting->context.set_result(0, std::exchange(bits_, 0), 0);
        schedule::wake(*waiting);
    } else if (bound_ && bound_->stage == Stage::receiving) {
        give(*bound_);
        schedule::wake(*bound_);
    }
}

void Notification::wait(schedule::Thread& thread, std::optional<base::Nanoseconds> deadline) {
    if (bits_)
        thread.context.set_result(0, std::exchange(bits_, 0), 0);
    else
        schedule::park(&waiting_, deadline, static_cast<std::uint64_t>(Error::timed_out));
}

bool Notification::give(Party& party) {
    if (!bits_) return false;
    deliver(party, {MessageInformation::notification}, std::exchange(bits_, 0), {});
    return true;
}

std::expected<void, Error> Notification::bind(Party& party) {
    if (party.notification == this) return {};
    if (bound_ || party.notification) return std::unexpected(Error::occupied);
    bound_ = &party;
    party.notification = this;
    return {};
}

void Notification::unbind() {
    if (Party* const party = std::exchange(bound_, nullptr)) party->notification = nullptr;
}

void Notification::set_timer(std::optional<base::Nanoseconds> deadline, std::uint64_t bits) {
    timer_bits_ = bits;
    if (deadline)
        schedule::start_timer(timer_, *deadline);
    else
        schedule::cancel_timer(timer_);
}

void Notification::on_timer(void* self) {
    auto& notification = *static_cast<Notification*>(self);
    notification.signal(notification.timer_bits_);
}

} // namespace ipc
