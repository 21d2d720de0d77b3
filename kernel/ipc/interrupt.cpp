// From a device's interrupt to a signal.
#include "kernel/ipc/interrupt.h"

namespace ipc {

void Interrupt::register_type() {
    object::register_type(object_type, {.end = on_end, .free = [](object::Object& object) {
                                            delete &static_cast<Interrupt&>(object);
                                        }});
}

std::expected<void, Error> Interrupt::bind(Notification& notification, std::uint64_t bits) {
    if (!notification_)
        if (const auto listening = device_.listen({on_interrupt, this}); !listening) return listening;
    notification_ = object::Ref(notification);
    bits_ = bits;
    device_.acknowledge();
    return {};
}

/// One that has ended still takes bits, which nobody will ask for.
void Interrupt::on_interrupt(void* self) {
    auto& interrupt = *static_cast<Interrupt*>(self);
    if (interrupt.notification_) interrupt.notification_->signal(interrupt.bits_);
}

void Interrupt::on_end(object::Object& object) {
    auto& interrupt = static_cast<Interrupt&>(object);
    if (!interrupt.notification_) return;
    interrupt.device_.ignore();
    interrupt.notification_ = {};
}

} // namespace ipc
