// The console of x64: a 16550 UART behind I/O ports.
#include "hal/console.h"

#include "hal/cpu.h"
#include "platform/shared/uart16550.h"
#include "platform/x64/discovery.h"
#include "platform/x64/port.h"

namespace {

/// Where a PC has its first serial port: the one port that is known before discovery.
constexpr std::uint16_t early_port = 0x3f8;

struct PortRegisters {
    std::uint16_t first_port;

    std::uint8_t read(unsigned index) const {
        return platform::in8(static_cast<std::uint16_t>(first_port + index));
    }

    void write(unsigned index, std::uint8_t value) const {
        platform::out8(static_cast<std::uint16_t>(first_port + index), value);
    }
};

constinit platform::Uart16550 uart{PortRegisters{early_port}};

} // namespace

namespace hal {

void console_initialize_early() { uart.initialize(); }

std::optional<InterruptLine> console_initialize(const BootInfo& boot_info) {
    const Device* device = find_device(boot_info, "ns16550a");
    if (!device || device->interrupts.empty()) return {};
    if (const std::uint16_t port = platform::acpi_machine().serial_port; port != early_port) {
        uart = platform::Uart16550{PortRegisters{port}};
        uart.initialize();
    }
    uart.enable_receive_interrupt();
    return device->interrupts[0];
}

void console_put(char character) {
    // [lab 1: transmit a character]
    while (!uart.can_send()) CurrentCpu::relax();
    uart.send(character);
    // [/lab]
}

std::optional<char> console_get() { return uart.receive(); }

} // namespace hal
