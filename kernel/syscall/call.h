// A system call under way: who makes it, with what, and what it gives back.
// (The namespace is not called `syscall`, for that is a function of the C library.)
#pragma once

#include <expected>
#include <span>

#include "kernel/abi/system_call.h"
#include "kernel/memory/user_buffer.h"
#include "kernel/object/table.h"
#include "kernel/process/process.h"

namespace calls {

using abi::Error;

/// The running thread's call. Made by dispatch; a handler answers once, has it repeated, or has parked the
/// thread.
class Call {
public:
    Call(process::Thread& caller, hal::UserContext& registers) : thread(caller), context_(registers) {}

    process::Process& process() const { return thread.process; }

    std::uint64_t argument(unsigned index) const { return context_.argument(index); }

    abi::Handle handle(unsigned index) const { return abi::to_handle(argument(index)); }

    base::VirtualAddress address(unsigned index) const { return {argument(index)}; }

    /// The caller's memory that two arguments name: an address and a length.
    memory::UserBuffer buffer(unsigned address_index, unsigned length_index) const {
        return {*process().space, address(address_index), argument(length_index)};
    }

    /// The object behind a handle argument, of type T, with these rights.
    template <class T>
    std::expected<T*, Error> object(unsigned index, abi::Rights rights) const {
        return object::lookup<T>(process().holder, handle(index), rights);
    }

    void succeed(std::uint64_t first = 0, std::uint64_t second = 0) const {
        context_.set_result(0, first, second);
    }

    void fail(Error error) const { context_.set_status(static_cast<std::uint64_t>(error)); }

    void finish(const std::expected<void, Error>& result) const { result ? succeed() : fail(result.error()); }

    void finish(const std::expected<std::uint64_t, Error>& result) const {
        result ? succeed(*result) : fail(result.error());
    }

    void finish(const std::expected<abi::Handle, Error>& result) const {
        result ? succeed(abi::to_word(*result)) : fail(result.error());
    }

    /// The call is made again from the start when the thread next runs: a step is done, and whoever is more
    /// urgent gets in between. Nothing of the answer may have been set.
    void repeat() const { context_.repeat_system_call(); }

    process::Thread& thread;

private:
    hal::UserContext& context_;
};

/// Does something to the thread behind the first argument, or to each thread of the process behind it. Needs
/// the right to manage.
template <class Act>
std::expected<void, Error> for_each_thread(const Call& call, Act act) {
    const auto found = object::find(call.process().holder, call.handle(0), abi::right::manage);
    if (!found) return std::unexpected(found.error());
    if (found->object->type() == abi::ObjectType::thread) {
        act(static_cast<process::Thread&>(*found->object));
        return {};
    }
    if (found->object->type() != abi::ObjectType::process) return std::unexpected(Error::wrong_type);
    for (process::Thread& thread : static_cast<process::Process&>(*found->object).threads) act(thread);
    return {};
}

using Handler = void (*)(const Call& call);

// By subject; the table in dispatch.cpp says which number is whose.

void exit(const Call& call);
void spawn(const Call& call);
void wait(const Call& call);
void kill(const Call& call);

void thread_start(const Call& call);
void thread_exit(const Call& call);
void thread_join(const Call& call);
void suspend(const Call& call);
void resume(const Call& call);
void set_priority(const Call& call);
void set_affinity(const Call& call);
void yield(const Call& call);
void sleep(const Call& call);
void time(const Call& call);

void open(const Call& call);
void close(const Call& call);
void create(const Call& call);
void destroy(const Call& call);
void read(const Call& call);
void write(const Call& call);

void map(const Call& call);
void unmap(const Call& call);
void protect(const Call& call);

void derive(const Call& call);
void move(const Call& call);
void revoke(const Call& call);
void identify(const Call& call);

void send(const Call& call);
void receive(const Call& call);
void call(const Call& call);
void reply(const Call& call);
void reply_receive(const Call& call);
void keep_reply(const Call& call);

void signal(const Call& call);
void bind(const Call& call);
void set_timer(const Call& call);
void cancel(const Call& call);
void set_fault_handler(const Call& call);

void acknowledge(const Call& call);
void share(const Call& call);
void reset(const Call& call);

void inspect(const Call& call);
void null(const Call& call);

} // namespace calls
