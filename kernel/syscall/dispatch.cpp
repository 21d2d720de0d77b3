// From a number to its handler, and nothing else.
#include <algorithm>
#include <array>

#include "hal/trap.h"
#include "kernel/schedule/scheduler.h"
#include "kernel/syscall/call.h"

namespace calls {
namespace {

/// What this kernel cannot do yet.
void refuse(const Call& call) { call.fail(Error::unsupported); }

consteval auto make_table() {
    std::array<Handler, abi::system_call_count> table{};
    table.fill(refuse);
    const auto at = [&](abi::SystemCall number) -> Handler& {
        return table[static_cast<std::size_t>(number)];
    };
    at(abi::SystemCall::exit) = calls::exit;
    at(abi::SystemCall::read) = calls::read;
    at(abi::SystemCall::write) = calls::write;
    at(abi::SystemCall::open) = calls::open;
    at(abi::SystemCall::close) = calls::close;
    at(abi::SystemCall::create) = calls::create;
    at(abi::SystemCall::destroy) = calls::destroy;
    at(abi::SystemCall::spawn) = calls::spawn;
    at(abi::SystemCall::wait) = calls::wait;
    at(abi::SystemCall::kill) = calls::kill;
    at(abi::SystemCall::yield) = calls::yield;
    at(abi::SystemCall::sleep) = calls::sleep;
    at(abi::SystemCall::time) = calls::time;
    at(abi::SystemCall::map) = calls::map;
    at(abi::SystemCall::unmap) = calls::unmap;
    at(abi::SystemCall::protect) = calls::protect;
    at(abi::SystemCall::thread_start) = calls::thread_start;
    at(abi::SystemCall::thread_exit) = calls::thread_exit;
    at(abi::SystemCall::thread_join) = calls::thread_join;
    at(abi::SystemCall::suspend) = calls::suspend;
    at(abi::SystemCall::resume) = calls::resume;
    at(abi::SystemCall::set_priority) = calls::set_priority;
    at(abi::SystemCall::set_affinity) = calls::set_affinity;
    at(abi::SystemCall::inspect) = calls::inspect;
    at(abi::SystemCall::null) = calls::null;
    at(abi::SystemCall::derive) = calls::derive;
    at(abi::SystemCall::move) = calls::move;
    at(abi::SystemCall::revoke) = calls::revoke;
    at(abi::SystemCall::identify) = calls::identify;
    at(abi::SystemCall::send) = calls::send;
    at(abi::SystemCall::receive) = calls::receive;
    at(abi::SystemCall::call) = calls::call;
    at(abi::SystemCall::reply) = calls::reply;
    at(abi::SystemCall::reply_receive) = calls::reply_receive;
    at(abi::SystemCall::keep_reply) = calls::keep_reply;
    at(abi::SystemCall::signal) = calls::signal;
    at(abi::SystemCall::bind) = calls::bind;
    at(abi::SystemCall::set_timer) = calls::set_timer;
    at(abi::SystemCall::cancel) = calls::cancel;
    at(abi::SystemCall::set_fault_handler) = calls::set_fault_handler;
    at(abi::SystemCall::acknowledge) = calls::acknowledge;
    at(abi::SystemCall::share) = calls::share;
    at(abi::SystemCall::reset) = calls::reset;
    return table;
}

constexpr std::array<Handler, abi::system_call_count> handlers = make_table();
static_assert(std::ranges::find(handlers, nullptr) == handlers.end(), "a system call without a handler");

} // namespace
} // namespace calls

hal::UserContext& hal::on_system_call(UserContext& context) {
    schedule::Cpu& cpu = schedule::this_cpu();
    if (!schedule::enter(cpu)) [[unlikely]] {
        context.repeat_system_call(); // Should the thread ever go on.
        return schedule::leave(cpu);
    }
    const calls::Call call(static_cast<process::Thread&>(*cpu.current), context);
    // [lab 10: find the handler]
    const std::uint64_t number = context.system_call();
    if (number < calls::handlers.size()) [[likely]]
        calls::handlers[number](call);
    else
        call.fail(abi::Error::bad_call);
    // [/lab]
    return schedule::leave(cpu);
}
