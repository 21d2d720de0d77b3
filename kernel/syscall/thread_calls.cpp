// System calls about threads and time.
#include <memory>

#include "hal/timer.h"
#include "kernel/ipc/donation.h"
#include "kernel/schedule/scheduler.h"
#include "kernel/syscall/call.h"

namespace calls {
namespace {

using process::Thread;

std::expected<Thread*, Error> find_thread(const Call& call, abi::Rights rights) {
    const auto thread = call.object<Thread>(0, rights);
    if (thread && (*thread)->has_ended()) return std::unexpected(Error::not_running);
    return thread;
}

std::expected<abi::Handle, Error> start_thread(const Call& call) {
    const std::uint64_t priority = call.argument(3);
    if (priority > call.thread.own_priority) return std::unexpected(Error::not_permitted);
    if (call.argument(1) % 16 != 0) return std::unexpected(Error::misaligned);
    for (unsigned i : {0u, 1u})
        if (call.argument(i) >= abi::highest_address) return std::unexpected(Error::bad_address);
    std::unique_ptr<Thread> thread(new Thread(
        call.process(), hal::UserContext::create(call.address(0), call.address(1), call.argument(2)),
        static_cast<std::uint8_t>(priority)));
    if (!thread) return std::unexpected(Error::out_of_memory);
    thread->affinity = call.thread.affinity; // What a process was bound to, its later threads are, too.
    thread->fault_handler = call.thread.fault_handler;
    const auto handle = process::add_thread(*thread);
    if (handle) schedule::start(*thread.release());
    return handle;
}

} // namespace

void thread_start(const Call& call) { call.finish(start_thread(call)); }

void thread_exit(const Call& call) {
    process::end(call.thread, abi::Ending::exited, static_cast<std::int64_t>(call.argument(0)));
}

void suspend(const Call& call) {
    const auto thread = find_thread(call, abi::right::write);
    if (!thread) return call.fail(thread.error());
    call.succeed();
    schedule::suspend(**thread);
}

void resume(const Call& call) {
    const auto thread = find_thread(call, abi::right::write);
    if (!thread) return call.fail(thread.error());
    call.succeed();
    schedule::resume(**thread);
}

void set_priority(const Call& call) {
    const std::uint64_t priority = call.argument(1);
    if (priority > abi::highest_priority) return call.fail(Error::invalid_argument);
    if (priority > call.thread.own_priority) return call.fail(Error::not_permitted);
    call.finish(for_each_thread(call, [&](Thread& thread) {
        thread.own_priority = static_cast<std::uint8_t>(priority);
        ipc::reconsider(thread);
    }));
}

void set_affinity(const Call& call) {
    const auto wanted =
        static_cast<std::uint32_t>(call.argument(1) & ((std::uint64_t{1} << schedule::cpu_count()) - 1));
    if (wanted == 0) return call.fail(Error::invalid_argument);
    call.finish(for_each_thread(call, [&](Thread& thread) { schedule::set_affinity(thread, wanted); }));
}

void yield(const Call& call) {
    call.succeed();
    schedule::yield();
}

void sleep(const Call& call) {
    const std::uint64_t deadline = call.argument(0); // The result takes its register.
    call.succeed();
    schedule::wait(nullptr, base::Nanoseconds{deadline}, 0);
}

void time(const Call& call) { call.succeed(hal::now().value); }

} // namespace calls
