// Who is called when a device interrupts.
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

/// What runs when the timer's deadline has come. It must set a new deadline or clear it.
void attach_timer(TimerHandler handler);

/// Serves everything that is pending, one interrupt after the other. Interrupts must be masked; call after
/// each idle().
void dispatch_interrupts();

/// Prints the controller, each line with its count, and how many interrupts were spurious or nobody's.
void print_interrupts(base::Sink sink);

} // namespace device
