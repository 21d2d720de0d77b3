// rv64 translation: Sv39 with three levels of tables, or Sv48 with four (RISC-V Privileged 4.3 to 4.5).
#pragma once

#include <cstdint>

#include "kernel/base/address.h"
#include "kernel/base/page_attributes.h"
#include "platform/rv64/csr.h"

namespace platform {

struct PageFormat {
    /// As boot.S found: four where the CPU has Sv48.
    static unsigned levels() { return levels_; }

    static void set_levels(unsigned levels) { levels_ = levels; }

    static bool can_be_leaf(unsigned level) { return level <= 2; } // 4 KiB, 2 MiB, 1 GiB

    /// Accessed and dirty are set in advance: a CPU may raise a page fault instead of setting them itself.
    /// `device` says nothing to the hardware, for without Svpbmt the physical address alone decides whether
    /// an access is cached (Privileged 3.6, PMAs); a bit that is left to software remembers it.
    static std::uint64_t leaf(base::PhysicalAddress address, base::PageAttributes attributes,
                              [[maybe_unused]] unsigned level) {
        std::uint64_t entry = table(address) | readable | accessed | dirty;
        if (attributes.device) entry |= device;
        // [lab 8: write a leaf]
        if (attributes.writable) entry |= writable;
        if (attributes.executable) entry |= executable;
        if (attributes.user) entry |= user;
        if (attributes.global) entry |= global;
        // [/lab]
        return entry;
    }

    static std::uint64_t table(base::PhysicalAddress address) {
        return address.value >> base::page_shift << number_shift | valid;
    }

    static bool is_present(std::uint64_t entry) { return (entry & valid) != 0; }

    static bool is_leaf(std::uint64_t entry, [[maybe_unused]] unsigned level) {
        return (entry & (readable | writable | executable)) != 0;
    }

    static base::PhysicalAddress address(std::uint64_t entry) {
        return {(entry & number_mask) >> number_shift << base::page_shift};
    }

    static base::PageAttributes attributes(std::uint64_t entry) {
        return {.writable = (entry & writable) != 0,
                .executable = (entry & executable) != 0,
                .user = (entry & user) != 0,
                .global = (entry & global) != 0,
                .device = (entry & device) != 0};
    }

private:
    static inline unsigned levels_ = 3;
    static constexpr std::uint64_t valid = 1 << 0;
    static constexpr std::uint64_t readable = 1 << 1;
    static constexpr std::uint64_t writable = 1 << 2;
    static constexpr std::uint64_t executable = 1 << 3;
    static constexpr std::uint64_t user = 1 << 4;
    static constexpr std::uint64_t global = 1 << 5;
    static constexpr std::uint64_t accessed = 1 << 6;
    static constexpr std::uint64_t dirty = 1 << 7;
    static constexpr std::uint64_t device = 1 << 8; // RSW: the hardware ignores it.
    static constexpr unsigned number_shift = 10;    // Where the physical page number stands
    static constexpr std::uint64_t number_mask = 0x003f'ffff'ffff'fc00;
};

struct Mmu {
    static constexpr base::VirtualAddress direct_map{0xffff'ffc0'0000'0000};

    /// One root serves both halves. The kernel's entries are few: Sv48 has its whole half below one of them.
    static constexpr bool tables_hold_both_halves = true;
    static constexpr bool flushes_reach_all_cpus = false;

    /// Learns which mode boot.S has turned on, and how many bits of satp.ASID stay where they are written.
    /// Once, at boot.
    static void initialize() {
        const std::uint64_t satp = csr::satp::read();
        PageFormat::set_levels(satp >> mode_shift == sv48 ? 4 : 3);
        csr::satp::write(satp | asid_mask << asid_shift);
        asid_count_ = static_cast<std::uint32_t>(csr::satp::read() >> asid_shift & asid_mask) + 1;
        csr::satp::write(satp);
        flush_all();
    }

    static std::uint32_t asid_count() { return asid_count_; }

    /// The fence also orders the entries written before it (Privileged 4.2.1).
    static void activate_kernel_table(base::PhysicalAddress root) {
        kernel_satp_ = space_word(root, 0);
        csr::satp::write(kernel_satp_);
        flush_all();
    }

    /// What satp holds on a hart that translates no user address.
    static std::uint64_t kernel_satp() { return kernel_satp_; }

    static void flush_page(base::VirtualAddress address) {
        asm volatile("sfence.vma %0, zero" ::"r"(address.value) : "memory");
    }

    static void flush_all() { asm volatile("sfence.vma zero, zero" ::: "memory"); }

    /// A CPU may remember that an entry was not valid, so that new ones need the fence too.
    static void synchronize_table() { flush_all(); }

    static std::uint64_t space_word(base::PhysicalAddress root, std::uint32_t asid) {
        const std::uint64_t mode = PageFormat::levels() == 4 ? sv48 : sv39;
        return mode << mode_shift | std::uint64_t{asid} << asid_shift | root.value >> base::page_shift;
    }

    static void switch_space(std::uint64_t word) {
        use(word);
        synchronize_code();
    }

    static void leave_space() { use(kernel_satp_); }

    // A frame that held code once may hold other code later. Each hart that could fetch the old has left that
    // space, or is told that it was unmapped: with FENCE.I in all of these none runs what is stale.

    static void flush_user_page(base::VirtualAddress address, std::uint32_t asid) {
        asm volatile("sfence.vma %0, %1" ::"r"(address.value), "r"(std::uint64_t{asid}) : "memory");
        synchronize_code();
    }

    static void flush_asid(std::uint32_t asid) {
        asm volatile("sfence.vma zero, %0" ::"r"(std::uint64_t{asid}) : "memory");
        synchronize_code();
    }

    static void flush_all_asids() {
        flush_all();
        synchronize_code();
    }

    /// For this hart; see above for the others. FENCE.I knows no addresses (Unprivileged, chapter 3).
    static void publish_code(base::VirtualAddress, std::uint64_t) { synchronize_code(); }

private:
    static constexpr std::uint64_t sv39 = 8;
    static constexpr std::uint64_t sv48 = 9;
    static constexpr unsigned mode_shift = 60;
    static constexpr unsigned asid_shift = 44;
    static constexpr std::uint64_t asid_mask = 0xffff;

    /// Without ASIDs what is remembered has nothing to tell it by whose it is.
    static void use(std::uint64_t satp) {
        csr::satp::write(satp);
        if (asid_count_ == 1) flush_all();
    }

    static void synchronize_code() { asm volatile("fence.i" ::: "memory"); }

    static inline std::uint64_t kernel_satp_ = 0;
    static inline std::uint32_t asid_count_ = 1;
};

} // namespace platform
