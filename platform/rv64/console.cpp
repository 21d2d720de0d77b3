// The console of rv64: a 16550 UART in memory (see platform/shared/uart16550.h).
#include "hal/console.h"

#include "platform/rv64/cpu.h"
#include "platform/rv64/discovery.h"
#include "platform/shared/mmio.h"
#include "platform/shared/uart16550.h"

namespace {

/// Eight registers of a byte each, one behind the other.
struct ByteRegisters {
    platform::RegisterBlock block;

    std::uint8_t read(unsigned index) const { return block.read<std::uint8_t>(index); }

    void write(unsigned index, std::uint8_t value) const { block.write(index, value); }
};

using Uart = platform::Uart16550<ByteRegisters>;
constinit Uart uart{ByteRegisters{}};

void enable(base::PhysicalAddress address) {
    uart = Uart(ByteRegisters{platform::RegisterBlock(address)});
    uart.initialize();
}

} // namespace

namespace hal {

void console_initialize_early() { enable(platform::early_console.start); }

std::optional<InterruptLine> console_initialize(const BootInfo& boot_info) {
    const Device* device = platform::console_of(boot_info, "ns16550a");
    if (!device || device->registers.empty() || device->interrupts.empty()) return {};
    const base::PhysicalAddress address = device->registers[0].start;
    if (address != platform::early_console.start)
        enable(address); // Enabling it again would lose what was typed.
    uart.enable_receive_interrupt();
    return device->interrupts[0];
}

void console_put(char character) {
    // [lab 1: transmit a character]
    while (!uart.can_send()) platform::Cpu::relax();
    uart.send(character);
    // [/lab]
}

std::optional<char> console_get() { return uart.receive(); }

} // namespace hal
