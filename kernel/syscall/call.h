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

/// The running thread's call. Made by dispatch; a handler answers once, or has parked the thread.
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
        return object::lookup<T>(process().pid, handle(index), rights);
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

    process::Thread& thread;

private:
    hal::UserContext& context_;
};

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

void inspect(const Call& call);
void null(const Call& call);

} // namespace calls
