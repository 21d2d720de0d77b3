// The registers of the IOAPIC: an index and a window on what it selects (82093AA datasheet, 3.1 and 3.2).
#include "platform/x64/io_apic.h"

namespace platform {
namespace {

constexpr std::uint64_t index_register = 0x00;
constexpr std::uint64_t window_register = 0x10;

constexpr std::uint32_t version_index = 0x01;
constexpr std::uint32_t first_redirection = 0x10; // Two words each: low, and destination

constexpr std::uint32_t redirection_active_low = 1 << 13;
constexpr std::uint32_t redirection_level = 1 << 15;
constexpr std::uint32_t redirection_masked = 1 << 16;

} // namespace

IoApic::IoApic(base::PhysicalAddress registers, std::uint32_t first_line)
    : registers_(registers), first_line_(first_line) {
    line_count_ = (read(version_index) >> 16 & 0xff) + 1;
    for (std::uint32_t line = first_line_; line < first_line_ + line_count_; ++line) mask(line);
}

void IoApic::route(hal::InterruptLine line, std::uint32_t vector, std::uint32_t local_apic) const {
    const std::uint32_t index = first_redirection + 2 * (line.number - first_line_);
    write(index + 1, local_apic << 24);
    write(index, vector | redirection_masked | (line.edge_triggered ? 0 : redirection_level) |
                     (line.active_low ? redirection_active_low : 0));
}

void IoApic::mask(std::uint32_t line) const {
    const std::uint32_t index = first_redirection + 2 * (line - first_line_);
    write(index, read(index) | redirection_masked);
}

void IoApic::unmask(std::uint32_t line) const {
    const std::uint32_t index = first_redirection + 2 * (line - first_line_);
    write(index, read(index) & ~redirection_masked);
}

std::uint32_t IoApic::read(std::uint32_t index) const {
    registers_.write32(index_register, index);
    return registers_.read32(window_register);
}

void IoApic::write(std::uint32_t index, std::uint32_t value) const {
    registers_.write32(index_register, index);
    registers_.write32(window_register, value);
}

} // namespace platform
