// The console of arm64: a PL011 UART (Arm DDI 0183, chapter 3).
#include "hal/console.h"

#include "hal/cpu.h"
#include "platform/arm64/discovery.h"
#include "platform/shared/mmio.h"

namespace {

namespace offset {
constexpr std::uint64_t data = 0x00;
constexpr std::uint64_t flags = 0x18;
constexpr std::uint64_t line_control = 0x2c;
constexpr std::uint64_t control = 0x30;
constexpr std::uint64_t interrupt_mask = 0x38;
} // namespace offset

constexpr std::uint32_t flag_receive_empty = 1 << 4;
constexpr std::uint32_t flag_transmit_full = 1 << 5;
constexpr std::uint32_t control_enable = 1 << 0 | 1 << 8 | 1 << 9; // UART, transmitter, receiver
constexpr std::uint32_t line_8_bits_with_queue = 3 << 5 | 1 << 4;
constexpr std::uint32_t interrupt_receive = 1 << 4 | 1 << 6; // Queue filled to its mark, or not for a while

constinit platform::RegisterBlock uart;

void enable(base::PhysicalAddress address) {
    uart = platform::RegisterBlock(address);
    uart.write32(offset::line_control, line_8_bits_with_queue);
    uart.write32(offset::control, control_enable);
}

} // namespace

namespace hal {

void console_initialize_early() { enable(platform::early_console.start); }

std::optional<InterruptLine> console_initialize(const BootInfo& boot_info) {
    const Device* device = platform::console_of(boot_info, "arm,pl011");
    if (!device || device->registers.empty() || device->interrupts.empty()) return {};
    const base::PhysicalAddress address = device->registers[0].start;
    if (address != platform::early_console.start)
        enable(address); // Enabling it again would lose what was typed.
    uart.write32(offset::interrupt_mask, interrupt_receive);
    return device->interrupts[0];
}

void console_put(char character) {
    // [lab 1: transmit a character]
    while (uart.read32(offset::flags) & flag_transmit_full) CurrentCpu::relax();
    uart.write32(offset::data, static_cast<unsigned char>(character));
    // [/lab]
}

std::optional<char> console_get() {
    if (uart.read32(offset::flags) & flag_receive_empty) return {};
    return static_cast<char>(uart.read32(offset::data));
}

} // namespace hal
