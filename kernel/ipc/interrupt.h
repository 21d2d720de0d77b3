// Interrupts for programs: each is told to a notification, and held back until it was acknowledged.
//
//     device ──line──> claim, drop ──> signal ──> the driver's thread: serves its device, acknowledges ──>
//     complete
//
// - It is bound to one notification at a time; another binding takes its place, and what the driver before it
// has
//   left unacknowledged is acknowledged: so a driver can take over from one that died.
// - When the notification is gone nobody is told; an interrupt that comes then is held until somebody binds
// again.
#pragma once

#include "kernel/device/offered.h"
#include "kernel/ipc/notification.h"

namespace ipc {

class Interrupt final : public object::Object {
public:
    static constexpr abi::ObjectType object_type = abi::ObjectType::interrupt;

    explicit Interrupt(device::OfferedDevice& of) : Object(object_type), device_(of) {}

    static void register_type();

    /// From now on an interrupt sets those bits. Errors as of device::attach_held.
    std::expected<void, Error> bind(Notification& notification, std::uint64_t bits);

    /// The device has been served.
    void acknowledge() { device_.acknowledge(); }

private:
    static void on_interrupt(void* self);
    static void on_end(object::Object& object);

    device::OfferedDevice& device_;
    object::Ref<Notification> notification_;
    std::uint64_t bits_ = 0;
};

} // namespace ipc
