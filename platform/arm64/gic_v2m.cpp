// A GICv2m frame: writing an INTID to its one register raises that line, as an edge.
#include "platform/arm64/gic_v2m.h"

#include "platform/arm64/gic.h"

namespace platform::gic::v2m {
namespace {

constexpr std::uint64_t type = 0x008; // MSI_TYPER: first INTID in 25:16, how many in 9:0
constexpr std::uint64_t set = 0x040;  // MSI_SETSPI_NS

constinit base::PhysicalAddress frame;
constinit std::uint32_t next_line = 0;
constinit std::uint32_t end_line = 0;

} // namespace

void initialize(const hal::Device& device) {
    frame = device.registers[0].start;
    const std::uint32_t lines = RegisterBlock(frame).read32(type);
    next_line = lines >> 16 & 0x3ff;
    end_line = next_line + (lines & 0x3ff);
}

std::expected<hal::MessageInterrupt, abi::Error> allocate() {
    if (end_line == 0) return std::unexpected(abi::Error::unsupported);
    if (next_line == end_line) return std::unexpected(abi::Error::out_of_memory);
    const std::uint32_t line = next_line++;
    return hal::MessageInterrupt{
        .line = {.number = line, .edge_triggered = true}, .address = frame + set, .data = line};
}

} // namespace platform::gic::v2m
