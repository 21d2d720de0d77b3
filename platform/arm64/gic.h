// The two generations of the generic interrupt controller behind one table of functions.
//
// INTIDs: 0-15 between CPUs (SGI), 16-31 private to a CPU (PPI), 32-1019 shared (SPI), 1020-1023 "nothing";
// from 8192 on, in a GICv3 alone, messages (LPI).
#pragma once

#include <cstdint>
#include <string_view>

#include "hal/interrupt.h"
#include "platform/shared/mmio.h"

namespace platform::gic {

/// What interrupt.cpp drives; chosen once, at boot.
struct Driver {
    std::string_view name;
    std::uint32_t (*acknowledge)(); ///< IAR: the INTID and more, handed back below.
    std::uint32_t (*peek)();        ///< HPPIR: what acknowledge() would give.
    std::uint32_t intid_mask;       ///< Which bits of that are the INTID: a GICv2 puts who sent it above.
    void (*drop)(std::uint32_t acknowledged);          ///< EOIR: priority drop.
    void (*complete)(std::uint32_t acknowledged);      ///< DIR: deactivation.
    void (*configure)(std::uint32_t intid, bool edge); ///< Trigger, and the current CPU as target.
    void (*enable)(std::uint32_t intid);
    void (*disable)(std::uint32_t intid);
    bool (*has)(std::uint32_t intid); ///< Whether that INTID exists.
    std::expected<hal::MessageInterrupt, abi::Error> (*allocate_message)(std::uint32_t requester);
    void (*initialize_cpu)();            ///< The current CPU's part; the boot CPU's is done.
    void (*notify)(std::uint32_t index); ///< Makes `notice` pending on a CPU.
    std::uint32_t line_count;            ///< INTIDs below this exist, besides those of messages.
};

inline constexpr std::uint32_t notice = 0; ///< The only INTID that CPUs send each other.
inline constexpr std::uint32_t first_shared = 32;
inline constexpr std::uint32_t first_special = 1020;
inline constexpr std::uint32_t last_special = 1023;
inline constexpr std::uint8_t default_priority = 0xa0;

/// Whether what was acknowledged is no interrupt at all.
constexpr bool is_special(std::uint32_t intid) { return intid >= first_special && intid <= last_special; }

/// Distributor registers that both generations have (GICv3 architecture, IHI 0069, 12.9); GICv3's
/// redistributor has those of its private INTIDs at the same offsets.
namespace distributor {
inline constexpr std::uint64_t control = 0x000;
inline constexpr std::uint64_t type = 0x004;
inline constexpr std::uint64_t group = 0x080;
inline constexpr std::uint64_t set_enable = 0x100;
inline constexpr std::uint64_t clear_enable = 0x180;
inline constexpr std::uint64_t clear_pending = 0x280;
inline constexpr std::uint64_t clear_active = 0x380;
inline constexpr std::uint64_t priority = 0x400;
inline constexpr std::uint64_t target = 0x800;
inline constexpr std::uint64_t configuration = 0xc00;
} // namespace distributor

/// GICD_TYPER.ITLinesNumber: how many INTIDs the distributor has.
inline std::uint32_t line_count(const RegisterBlock& registers) {
    const std::uint32_t count = 32 * ((registers.read32(distributor::type) & 0x1f) + 1);
    return count < first_special ? count : first_special;
}

/// Closes and quiets 32 INTIDs from `first` on, and gives them the default priority.
inline void reset_lines(const RegisterBlock& registers, std::uint32_t first) {
    registers.write32(distributor::clear_enable + first / 8, ~0u);
    registers.write32(distributor::clear_pending + first / 8, ~0u);
    registers.write32(distributor::clear_active + first / 8, ~0u);
    for (std::uint32_t line = first; line < first + 32; ++line)
        registers.write(distributor::priority + line, default_priority);
}

inline void set_line_bit(const RegisterBlock& registers, std::uint64_t bank, std::uint32_t intid) {
    registers.write32(bank + intid / 32 * 4, 1u << (intid % 32));
}

/// GICD_ICFGR: two bits a line, the upper says edge.
inline void set_trigger(const RegisterBlock& registers, std::uint32_t intid, bool edge) {
    const std::uint64_t offset = distributor::configuration + intid / 16 * 4;
    const std::uint32_t bit = 2u << (intid % 16 * 2);
    const std::uint32_t before = registers.read32(offset);
    registers.write32(offset, edge ? before | bit : before & ~bit);
}

/// Brings up the controller that the device describes, and this CPU's interface to it; `messages` is what
/// turns messages into its interrupts, or null when the machine has no such thing.
Driver initialize_v2(const hal::Device& device, const hal::Device* messages);
Driver initialize_v3(const hal::Device& device, const hal::Device* messages);

} // namespace platform::gic
