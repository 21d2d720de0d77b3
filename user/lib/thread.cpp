// Threads: a stack with a guard page, and at its top what to run.
#include "user/lib/thread.h"

#include <new>

namespace {

/// Lies at the top of a new thread's stack.
struct alignas(16) ThreadStart {
    trivium::ThreadFunction function;
    void* argument;
};

} // namespace

/// In start.S: calls start_thread.
extern "C" void thread_begin();

extern "C" [[noreturn]] void start_thread(const ThreadStart* start) {
    trivium::call::thread_exit(start->function(start->argument));
}

namespace trivium {

Result<Thread> Thread::start(ThreadFunction function, void* argument, std::uint8_t priority,
                             std::uint64_t stack_size) {
    auto stack = Mapping::create(stack_size + page_size, right::read | right::write);
    if (!stack) return std::unexpected(stack.error());
    if (const auto guarded = stack->give_up_first_page(); !guarded) return std::unexpected(guarded.error());
    const std::uint64_t top = stack->address() + stack->size() - sizeof(ThreadStart);
    new (reinterpret_cast<void*>(top)) ThreadStart{function, argument};
    const auto handle =
        call::thread_start(reinterpret_cast<std::uintptr_t>(&thread_begin), top, top, priority);
    if (!handle) return std::unexpected(handle.error());
    return Thread(Owned(*handle), std::move(*stack));
}

Thread::~Thread() {
    if (!handle_) return;
    (void)call::kill(handle_.get(), 0);
    (void)join();
}

Result<End> Thread::join(std::uint64_t deadline) {
    const auto end = call::thread_join(handle_.get(), deadline);
    if (!end) return end;
    handle_ = Owned();
    stack_ = Mapping();
    return end;
}

} // namespace trivium
