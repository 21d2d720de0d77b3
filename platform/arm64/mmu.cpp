// The rarer half of translation on arm64: identifiers, no space at all, and caches of instructions.
#include "hal/mmu.h"

extern "C" char empty_root[]; // boot.S: a root that translates nothing.

namespace platform {
namespace {

/// CTR_EL0: what must be done by hand, and in steps of how many bytes (Arm ARM D13.2.34).
class CacheType {
public:
    CacheType() { asm volatile("mrs %0, ctr_el0" : "=r"(value_)); }

    std::uint64_t instruction_line() const { return 4u << (value_ & 0xf); }

    std::uint64_t data_line() const { return 4u << (value_ >> 16 & 0xf); }

    bool needs_data_clean() const { return (value_ & 1 << 28) == 0; } // IDC

    bool needs_instruction_invalidate() const { return (value_ & 1 << 29) == 0; } // DIC

    /// Whether what one address invalidates is invalid at all addresses of the same memory.
    bool is_physically_tagged() const { return (value_ >> 14 & 3) == 3; } // L1Ip

private:
    std::uint64_t value_;
};

void for_each_line(base::VirtualAddress start, std::uint64_t size, std::uint64_t line, auto&& act) {
    for (base::VirtualAddress at = start.aligned_down(line); at < start + size; at += line) act(at.value);
}

void invalidate_instructions(base::VirtualAddress start, std::uint64_t size, const CacheType& cache) {
    if (!cache.is_physically_tagged()) {
        asm volatile("ic ialluis" ::: "memory");
        return;
    }
    for_each_line(start, size, cache.instruction_line(), [](std::uint64_t at) {
        asm volatile("ic ivau, %0" ::"r"(at) : "memory");
    });
}

} // namespace

std::uint32_t Mmu::asid_count() {
    std::uint64_t features;
    asm volatile("mrs %0, id_aa64mmfr0_el1" : "=r"(features));
    const bool has_16_bits = (features >> 4 & 0xf) == 2; // ASIDBits; boot.S then sets TCR_EL1.AS.
    return has_16_bits ? 1u << 16 : 1u << 8;
}

void Mmu::leave_space() { switch_space(space_word(hal::image_to_physical(empty_root), 0)); }

/// Data cache to the point where instruction fetches see it, then the instruction caches of all CPUs (Arm ARM
/// B2.4.4). A CPU fetches anew when it returns to user mode.
void Mmu::publish_code(base::VirtualAddress address, std::uint64_t size) {
    const CacheType cache;
    if (cache.needs_data_clean())
        for_each_line(address, size, cache.data_line(), [](std::uint64_t at) {
            asm volatile("dc cvau, %0" ::"r"(at) : "memory");
        });
    asm volatile("dsb ish" ::: "memory");
    if (cache.needs_instruction_invalidate()) invalidate_instructions(address, size, cache);
    asm volatile("dsb ish\n\tisb" ::: "memory");
}

} // namespace platform
