// Drives the PLIC: register layout as in the PLIC specification, chapter 3 and on.
#include "platform/rv64/plic.h"

#include <optional>

namespace platform {
namespace {

constexpr std::uint64_t priority_offset(std::uint32_t source) { return 4ul * source; }

/// One bit a source, 32 to a register.
constexpr std::uint64_t enable_offset(std::uint32_t context, std::uint32_t source) {
    return 0x2000 + 0x80ul * context + source / 32 * 4;
}

constexpr std::uint64_t threshold_offset(std::uint32_t context) { return 0x20'0000 + 0x1000ul * context; }

constexpr std::uint64_t claim_offset(std::uint32_t context) { return threshold_offset(context) + 4; }

constexpr std::uint32_t never = 0;               // A source of priority 0 never interrupts.
constexpr std::uint32_t default_priority = 1;    // Above the threshold, which is 0.
constexpr std::uint32_t supervisor_external = 9; // The interrupt of a hart that a context of ours is wired to

/// `interrupts-extended` has an entry per context: a hart's own interrupt controller, and which of its
/// interrupts the context raises (devicetree binding sifive,plic-1.0.0).
std::optional<std::uint32_t> find_context(const DeviceTree& tree, Node plic, std::uint64_t hart) {
    const Cells entries = tree.cells(plic, "interrupts-extended");
    for (std::uint32_t context = 0; context < entries.size() / 2; ++context) {
        if (entries[2 * context + 1] != supervisor_external) continue;
        const auto controller = tree.find_by_phandle(entries[2 * context]);
        const auto cpu = controller ? tree.parent(*controller) : std::nullopt;
        if (cpu && tree.has(*cpu, "reg") && tree.cells(*cpu, "reg").number() == hart) return context;
    }
    return {};
}

std::unexpected<hal::DiscoveryFault> fault(std::string_view what) {
    return std::unexpected(hal::DiscoveryFault{
        abi::Error::corrupt, decltype(hal::DiscoveryFault::detail)::of("the PLIC's {}", what)});
}

} // namespace

std::expected<Plic, hal::DiscoveryFault> Plic::describe(const DeviceTree& tree, Node node,
                                                        const hal::Device& device) {
    Plic plic;
    plic.source_count_ = tree.cell(node, "riscv,ndev").value_or(0);
    if (plic.source_count_ == 0 || plic.source_count_ > 1023) return fault("riscv,ndev is not 1 to 1023");
    if (device.registers.empty()) return fault("reg is missing");
    plic.registers_ = RegisterBlock(device.registers[0].start);
    plic.size_ = device.registers[0].size;
    return plic;
}

std::expected<std::uint32_t, hal::DiscoveryFault> Plic::context_of(const DeviceTree& tree, Node node,
                                                                   std::uint64_t hart) const {
    const auto context = find_context(tree, node, hart);
    if (!context) return fault("interrupts-extended has no supervisor context for a hart");
    if (size_ <= claim_offset(*context)) return fault("reg is too small for the context of a hart");
    return *context;
}

void Plic::reset() const {
    for (std::uint32_t source = 1; source <= source_count_; ++source) close(source);
}

void Plic::reset_context(std::uint32_t context) const {
    for (std::uint32_t source = 0; source <= source_count_; source += 32)
        registers_.write32(enable_offset(context, source), 0);
    registers_.write32(threshold_offset(context), 0);
}

std::uint32_t Plic::claim(std::uint32_t context) const { return registers_.read32(claim_offset(context)); }

void Plic::complete(std::uint32_t context, std::uint32_t source) const {
    registers_.write32(claim_offset(context), source);
}

// Closed by priority, not by the enable bit: completing a source that is not enabled is ignored, so that a
// line closed between claim and completion would stay silent for ever. An enable bit once set stays set.
void Plic::open(std::uint32_t context, std::uint32_t source) const {
    const std::uint64_t offset = enable_offset(context, source);
    registers_.write32(offset, registers_.read32(offset) | 1u << source % 32);
    registers_.write32(priority_offset(source), default_priority);
}

void Plic::close(std::uint32_t source) const { registers_.write32(priority_offset(source), never); }

} // namespace platform
