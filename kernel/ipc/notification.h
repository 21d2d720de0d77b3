// Notifications: bits that are set by signals, and taken all at once by whoever waits for them.
//
//     signal, interrupt, timer ──> | bits |  ──> wait, or receive of the thread that it is bound to
//
// - A signal sets the bits of the badge of the capability that it came through, bit 0 for none. Signals that
// come
//   before anybody looks are one.
// - Who waits stands by priority; a signal wakes one, who takes all bits. The bound thread comes after them.
#pragma once

#include "kernel/ipc/party.h"
#include "kernel/object/object.h"
#include "kernel/schedule/wait_line.h"

namespace ipc {

class Notification final : public object::Object {
public:
    static constexpr abi::ObjectType object_type = abi::ObjectType::notification;

    Notification() : Object(object_type), timer_(on_timer, this) {}

    static void register_type();

    /// Which bits a capability with that badge sets.
    static constexpr std::uint64_t bits_of(std::uint64_t badge) { return badge ? badge : 1; }

    void signal(std::uint64_t bits);

    /// The running thread takes the bits, or waits until there are some; Error::timed_out.
    void wait(schedule::Thread& thread, std::optional<base::Nanoseconds> deadline);

    bool has_bits() const { return bits_ != 0; }

    /// Gives the bits to a party that receives, as what it has received. False when there are none.
    bool give(Party& party);

    /// From now on `party` takes the bits when it receives. Error::occupied when either is bound to another.
    std::expected<void, Error> bind(Party& party);
    void unbind();

    /// Has `bits` signalled at that time; nothing: no more.
    void set_timer(std::optional<base::Nanoseconds> deadline, std::uint64_t bits);

private:
    static void on_timer(void* self);
    static void on_end(object::Object& object);

    std::uint64_t bits_ = 0;
    schedule::WaitLine waiting_;
    Party* bound_ = nullptr;
    schedule::Timer timer_;
    std::uint64_t timer_bits_ = 0;
};

} // namespace ipc
