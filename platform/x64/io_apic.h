// The IOAPIC: turns the signals of devices into messages to local APICs (Intel 82093AA datasheet).
#pragma once

#include "hal/boot.h"
#include "platform/shared/mmio.h"

namespace platform {

class IoApic {
public:
    constexpr IoApic() = default;
    /// Takes over the IOAPIC at that address, whose first input is global interrupt `first_line`; masks all
    /// of its inputs.
    IoApic(base::PhysicalAddress registers, std::uint32_t first_line);

    std::uint32_t first_line() const { return first_line_; }

    std::uint32_t line_count() const { return line_count_; }

    bool has(std::uint32_t line) const { return line >= first_line_ && line - first_line_ < line_count_; }

    /// Sends the line's interrupts as `vector` to one CPU, as soon as it is unmasked. It must be masked.
    /// has(line.number).
    void route(hal::InterruptLine line, std::uint32_t vector, std::uint32_t local_apic) const;
    void mask(std::uint32_t line) const;
    void unmask(std::uint32_t line) const;

private:
    std::uint32_t read(std::uint32_t index) const;
    void write(std::uint32_t index, std::uint32_t value) const;

    RegisterBlock registers_;
    std::uint32_t first_line_ = 0;
    std::uint32_t line_count_ = 0;
};

} // namespace platform
