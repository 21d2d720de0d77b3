// The Console object: what is typed, for programs that wait for it, and Ctrl-C.
//
//     a character ──> Ctrl-]: the monitor   Ctrl-C: whoever waits for it, and the queue   else: the queue
#pragma once

#include <expected>
#include <optional>

#include "kernel/memory/user_buffer.h"
#include "kernel/object/object.h"
#include "kernel/schedule/scheduler.h"

namespace process {

class Console final : public object::Object {
public:
    static constexpr abi::ObjectType object_type = abi::ObjectType::console;

    Console();
    ~Console();

    /// Gives what was typed, up to the buffer's size. Error::would_block when there is nothing: then the
    /// running thread has been parked, and its call is to be repeated when it wakes. Ctrl-C drops what was
    /// typed before and is a character like those after it: whoever reads lines learns which one it ended.
    std::expected<std::uint64_t, abi::Error> read(const memory::UserBuffer& buffer);

    /// Prints a program's bytes.
    std::expected<std::uint64_t, abi::Error> write(const memory::UserBuffer& buffer);

    /// Parks the running thread until Ctrl-C is typed or `deadline`; not if that has been typed already. The
    /// call's second value is when that was.
    void wait_for_interrupt(std::optional<base::Nanoseconds> deadline);

private:
    static bool on_character(char character);
    static void on_input();
    static void run_monitor();
    void interrupt();

    schedule::WaitQueue readers_;
    schedule::WaitQueue interrupt_waiters_;
    bool interrupted_ = false;
    base::Nanoseconds interrupted_at_{};
};

/// What Ctrl-] calls, on the boot CPU's own stack: the monitor, which gives the console back by returning.
void set_monitor(schedule::Interlude monitor);

} // namespace process
