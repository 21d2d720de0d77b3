// The interrupt controller. An interrupt goes through three steps, so that a driver or a guest can hold a
// line:
//
//     claim     which line? It is acknowledged, and will not be presented again
//     drop      priority falls: other lines may be claimed, this one may not
//     complete  this line may fire again
//
// Policy: the kernel runs with interrupts masked throughout and takes them one at a time, at idle or in user
// mode; they never nest. On arm64 and rv64 no interrupt exception is ever taken in kernel mode: idle()
// returns with one pending, and the kernel claims it. On x64 `sti; hlt` takes it, and the handler does no
// more than record the vector, for claim_interrupt() on this CPU. What is taken in user mode saves the
// thread's registers and calls on_user_interrupt, which claims in the same way.
#pragma once

#include <cstdint>
#include <string_view>

#include "hal/boot.h"

namespace hal {

/// What claim() found.
struct Claim {
    enum class Kind { none, spurious, timer, line, notice };
    Kind kind = Kind::none;
    InterruptLine
        line{}; ///< Valid for Kind::line; for Kind::timer the number that the controller gives it, or 0.
    /// For Kind::notice, another CPU's notify_cpu(), nothing else is set.
    std::uint32_t token = 0; ///< The controller's own word for it, handed back to drop() and complete().
};

/// Resets the controller that discovery found and enables this CPU's part of it; every line stays masked.
/// Panics with what is missing when the machine has none that this platform can drive.
void interrupt_initialize(const BootInfo& boot_info);

/// The name and size of the controller, for people.
std::string_view interrupt_controller_name();
std::uint32_t interrupt_line_count();

/// Takes the most urgent pending interrupt, without waiting. Interrupts must be masked.
Claim claim_interrupt();
/// Lets others be claimed; see above. On the CPU that claimed; call once per claim that is neither none nor
/// spurious.
void drop_interrupt(const Claim& claim);
/// Lets the same line fire again. After drop_interrupt, maybe much later, and maybe on another CPU.
void complete_interrupt(const Claim& claim);

/// Takes back a pending notice, for a CPU that waits inside the kernel and looks anyway: else it could not
/// idle() a second time. Other pending interrupts stay so. Interrupts must be masked.
void forget_notice();

/// Opens a line for the current CPU, with trigger and polarity as the line says. Unknown numbers:
/// Error::not_found.
std::expected<void, abi::Error> unmask_interrupt(InterruptLine line);
/// Closes a line; harmless when it is closed already.
void mask_interrupt(InterruptLine line);

/// An interrupt that a device raises by writing `data` to `address` (MSI).
struct MessageInterrupt {
    InterruptLine line{}; ///< A number of its own: attach and claim it like any other. Not every controller
                          ///< can hold a message back: whoever wants silence masks it at the device.
    PhysicalAddress address{};
    std::uint32_t data = 0;
};

/// Takes a message interrupt for the device that the bus knows as `requester` (PCI: bus << 8 | device << 3 |
/// function). Error::unsupported where the controller has none, Error::out_of_memory when they are used up.
std::expected<MessageInterrupt, abi::Error> allocate_message_interrupt(std::uint32_t requester);

} // namespace hal
