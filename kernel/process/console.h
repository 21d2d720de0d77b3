// The Console object: what is typed, for who waits for it, and what is shown.
//
//     a character ──> Ctrl-]: the monitor   else: the queue, which Ctrl-C empties first
#pragma once

#include <expected>

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
    /// typed before and is a character like those after it: what nobody reads does not keep it out.
    std::expected<std::uint64_t, abi::Error> read(const memory::UserBuffer& buffer);

    /// Prints a program's bytes.
    std::expected<std::uint64_t, abi::Error> write(const memory::UserBuffer& buffer);

private:
    static bool on_character(char character);
    static void on_input();
    static void run_monitor();

    schedule::WaitQueue readers_;
};

/// What Ctrl-] calls, on the boot CPU's own stack: the monitor, which gives the console back by returning.
void set_monitor(schedule::Interlude monitor);

} // namespace process
