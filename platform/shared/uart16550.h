// The 16550 UART: registers behind I/O ports on x64, in memory on rv64 (TI TL16C550D, National PC16550D).
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>

namespace platform {

/// How a machine reaches the eight registers of a UART: `index` is 0 to 7.
template <class R>
concept UartRegisters = requires(const R registers, unsigned index, std::uint8_t value) {
    { registers.read(index) } -> std::same_as<std::uint8_t>;
    { registers.write(index, value) } -> std::same_as<void>;
};

/// A UART driven by polling on output and by interrupt on input. Speed is left as firmware or reset set it.
template <UartRegisters Registers>
class Uart16550 {
public:
    constexpr explicit Uart16550(Registers registers) : registers_(registers) {}

    /// Eight bits, no parity, one stop bit; empty queues; no interrupts.
    void initialize() const {
        registers_.write(interrupt_enable, 0);
        registers_.write(line_control, eight_bits);
        registers_.write(fifo_control, fifo_enable | fifo_clear_both);
    }

    /// Lets the UART interrupt whenever a received character waits.
    void enable_receive_interrupt() const {
        // On a PC the interrupt reaches its line through a gate, which is OUT2.
        registers_.write(modem_control, data_terminal_ready | request_to_send | out2);
        registers_.write(interrupt_enable, received_data);
    }

    bool can_send() const { return (registers_.read(line_status) & transmit_empty) != 0; }

    /// Sends one character; the caller has seen can_send() say yes.
    void send(char character) const { registers_.write(data, static_cast<std::uint8_t>(character)); }

    /// The next received character, if there is one.
    std::optional<char> receive() const {
        if ((registers_.read(line_status) & data_ready) == 0) return {};
        return static_cast<char>(registers_.read(data));
    }

private:
    enum Register : unsigned {
        data = 0, // Read: receiver buffer. Write: transmitter holding register.
        interrupt_enable = 1,
        fifo_control = 2,
        line_control = 3,
        modem_control = 4,
        line_status = 5,
    };

    static constexpr std::uint8_t received_data = 1 << 0;   // interrupt_enable
    static constexpr std::uint8_t fifo_enable = 1 << 0;     // fifo_control; interrupts from one character on
    static constexpr std::uint8_t fifo_clear_both = 3 << 1; // fifo_control
    static constexpr std::uint8_t eight_bits = 3 << 0;      // line_control
    static constexpr std::uint8_t data_terminal_ready = 1 << 0;
    static constexpr std::uint8_t request_to_send = 1 << 1;
    static constexpr std::uint8_t out2 = 1 << 3;
    static constexpr std::uint8_t data_ready = 1 << 0;     // line_status
    static constexpr std::uint8_t transmit_empty = 1 << 5; // line_status

    Registers registers_;
};

} // namespace platform
