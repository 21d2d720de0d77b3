// Who is called when a device interrupts.
//
//     attach          claim, drop, handler quiets the device, complete         drivers in the kernel
//     attach_held     claim, drop, handler tells somebody … complete_held      drivers in programs, guests
//
// Whoever completes what is held need not run on the CPU that claimed it.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

#include "hal/interrupt.h"
#include "kernel/base/format.h"

namespace device {

using InterruptHandler = void (*)(void* context);
using TimerHandler = void (*)();

/// Gives `line` to `handler` and opens it. The handler runs with interrupts masked, after the line was
/// dropped and before it is completed; it must quiet the device. `name` must last for ever. A line that has a
/// handler: Error::occupied.
std::expected<void, abi::Error> attach(hal::InterruptLine line, std::string_view name,
                                       InterruptHandler handler, void* context);

/// Gives `line` to somebody who serves the device later, and elsewhere: after `handler` was called the line
/// stays claimed, and silent, until complete_held(). A controller that cannot hold a line back (a message: it
/// is sent once, and over) calls `handler` for each interrupt. Errors as above.
std::expected<void, abi::Error> attach_held(hal::InterruptLine line, std::string_view name,
                                            InterruptHandler handler, void* context);

/// The device has been served: the line may fire again. Harmless when it is not held.
void complete_held(hal::InterruptLine line);

/// Closes a line, completes it if it is held, and forgets its handler. Harmless when it has none. Not from a
/// handler.
void detach(hal::InterruptLine line);

/// What runs when the timer's deadline has come. It must set a new deadline or clear it.
void attach_timer(TimerHandler handler);

/// Serves everything that is pending, one interrupt after the other. Interrupts must be masked; call after
/// each idle().
void dispatch_interrupts();

/// Prints the controller, each line with its count, and how many interrupts were spurious or nobody's.
void print_interrupts(base::Sink sink);

} // namespace device
