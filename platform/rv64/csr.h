// Control and status registers, by name (RISC-V Privileged 1.12, chapter 2 and 4.1; Sstc 1.0).
#pragma once

#include <cstdint>

namespace platform {

/// One register. Its number is part of the instruction, hence of the type.
template <unsigned number>
struct Csr {
    static constexpr unsigned index = number;

    [[gnu::always_inline]] static std::uint64_t read() {
        std::uint64_t value;
        asm volatile("csrr %0, %1" : "=r"(value) : "i"(number) : "memory");
        return value;
    }

    [[gnu::always_inline]] static void write(std::uint64_t value) {
        asm volatile("csrw %0, %1" ::"i"(number), "r"(value) : "memory");
    }

    /// Sets these bits, leaves the others.
    [[gnu::always_inline]] static void set(std::uint64_t bits) {
        asm volatile("csrs %0, %1" ::"i"(number), "r"(bits) : "memory");
    }

    /// Clears these bits, leaves the others; returns the value before.
    [[gnu::always_inline]] static std::uint64_t clear(std::uint64_t bits) {
        std::uint64_t before;
        asm volatile("csrrc %0, %1, %2" : "=r"(before) : "i"(number), "r"(bits) : "memory");
        return before;
    }
};

namespace csr {

using sstatus = Csr<0x100>;
using sie = Csr<0x104>;
using stvec = Csr<0x105>;
using scounteren = Csr<0x106>;
using sscratch = Csr<0x140>;
using scause = Csr<0x142>;
using stval = Csr<0x143>;
using sip = Csr<0x144>;
using stimecmp = Csr<0x14d>;
using satp = Csr<0x180>;
using time = Csr<0xc01>;

} // namespace csr

inline constexpr std::uint64_t sstatus_interrupts_enabled = 1 << 1; // SIE

inline constexpr std::uint64_t sstatus_fpu_dirty = 3 << 13; // FS: 0 is off, 3 on and written to

// Bits of sip (pending) and sie (enabled).
inline constexpr std::uint64_t software_interrupt = 1 << 1; // SSIP, SSIE
inline constexpr std::uint64_t timer_interrupt = 1 << 5;    // STIP, STIE
inline constexpr std::uint64_t external_interrupt = 1 << 9; // SEIP, SEIE

} // namespace platform
