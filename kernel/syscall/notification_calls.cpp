// System calls about signals, and about who is told of what.
#include "kernel/ipc/notification.h"

#include "kernel/ipc/endpoint.h"
#include "kernel/ipc/interrupt.h"
#include "kernel/schedule/scheduler.h"
#include "kernel/syscall/call.h"

namespace calls {
namespace {

using ipc::Notification;
using process::Thread;

struct FoundNotification {
    Notification& notification;
    std::uint64_t bits;
};

std::expected<FoundNotification, Error> find_notification(const Call& call, abi::Rights rights) {
    const auto found = object::find(call.process().holder, call.handle(0), rights);
    if (!found) return std::unexpected(found.error());
    if (found->object->type() != abi::ObjectType::notification) return std::unexpected(Error::wrong_type);
    return FoundNotification{static_cast<Notification&>(*found->object), Notification::bits_of(found->badge)};
}

std::expected<void, Error> bind_notification(const Call& call) {
    const auto found = find_notification(call, abi::right::manage);
    if (!found) return std::unexpected(found.error());
    if (!call.handle(1)) return found->notification.bind(call.thread);
    const auto other = object::find(call.process().pid, call.handle(1), abi::right::manage);
    if (!other) return std::unexpected(other.error());
    if (other->object->type() == abi::ObjectType::interrupt)
        return static_cast<ipc::Interrupt&>(*other->object).bind(found->notification, found->bits);
    if (other->object->type() != abi::ObjectType::thread) return std::unexpected(Error::wrong_type);
    auto& thread = static_cast<Thread&>(*other->object);
    if (thread.has_ended()) return std::unexpected(Error::not_running);
    return found->notification.bind(thread);
}

std::expected<void, Error> cancel_wait(Thread& thread) {
    if (ipc::fail(thread, Error::cancelled)) return {};
    if (!thread.line) return std::unexpected(Error::not_found);
    thread.context.set_status(static_cast<std::uint64_t>(Error::cancelled));
    schedule::wake(thread);
    return {};
}

} // namespace

void signal(const Call& call) {
    const auto found = find_notification(call, abi::right::write);
    if (!found) return call.fail(found.error());
    call.succeed();
    found->notification.signal(found->bits);
}

void bind(const Call& call) { call.finish(bind_notification(call)); }

void set_timer(const Call& call) {
    const auto found = find_notification(call, abi::right::manage);
    if (!found) return call.fail(found.error());
    found->notification.set_timer(base::to_deadline(call.argument(1)), found->bits);
    call.succeed();
}

void cancel(const Call& call) {
    const auto found = object::find(call.process().holder, call.handle(0), abi::right::manage);
    if (!found) return call.fail(found.error());
    if (found->object->type() == abi::ObjectType::thread)
        return call.finish(cancel_wait(static_cast<Thread&>(*found->object)));
    if (found->object->type() != abi::ObjectType::endpoint) return call.fail(Error::wrong_type);
    if (static_cast<ipc::Endpoint&>(*found->object).cancel(found->badge)) return call.succeed();
    call.repeat();
}

void set_fault_handler(const Call& call) {
    ipc::FaultHandler handler{};
    if (call.handle(1)) {
        const auto endpoint = call.object<ipc::Endpoint>(1, abi::right::write | abi::right::call);
        if (!endpoint) return call.fail(endpoint.error());
        handler = {call.process().pid, call.handle(1)};
    }
    call.finish(for_each_thread(call, [&](Thread& thread) { thread.fault_handler = handler; }));
}

} // namespace calls
