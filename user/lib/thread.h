// Further threads of this process.
#pragma once

#include <cstdint>

#include "kernel/abi/process.h"
#include "user/lib/handle.h"
#include "user/lib/memory.h"

namespace trivium {

/// What a thread runs; what it returns is the thread's code.
using ThreadFunction = std::int64_t (*)(void* argument);

/// A running thread and its stack. To be joined before it goes: else it is ended, as its stack goes, too.
class Thread {
public:
    static constexpr std::uint64_t default_stack_size = 64 << 10;

    Thread() = default;
    Thread(Thread&&) noexcept = default;
    Thread& operator=(Thread&&) noexcept = default;
    ~Thread();

    /// Starts `function` with `argument`, which must last as long as it is used. The stack has a guard page
    /// below it. Error::out_of_memory, Error::limit_reached, Error::not_permitted (a priority above the
    /// caller's).
    static Result<Thread> start(ThreadFunction function, void* argument,
                                std::uint8_t priority = abi::default_priority,
                                std::uint64_t stack_size = default_stack_size);

    /// Waits until it has ended and frees its stack. Error::timed_out: it still runs.
    Result<End> join(std::uint64_t deadline = never);

    Handle handle() const { return handle_.get(); }

private:
    Thread(Owned handle, Mapping stack) : stack_(std::move(stack)), handle_(std::move(handle)) {}

    Mapping stack_;
    Owned handle_;
};

} // namespace trivium
