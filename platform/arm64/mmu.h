// arm64 translation: VMSAv8-64 descriptors with 4 KiB granule and 48-bit addresses (Arm ARM D5.2, D5.3).
#pragma once

#include <cstdint>

#include "kernel/base/address.h"
#include "kernel/base/page_attributes.h"

namespace platform {

/// Memory types, as indices into MAIR_EL1, which boot.S sets up.
inline constexpr std::uint64_t memory_normal = 0; // 0xff: write-back, allocating
inline constexpr std::uint64_t memory_device = 1; // 0x04: Device-nGnRE

struct PageFormat {
    static unsigned levels() { return 4; }

    static bool can_be_leaf(unsigned level) { return level <= 2; } // 4 KiB, 2 MiB, 1 GiB

    static std::uint64_t leaf(base::PhysicalAddress address, base::PageAttributes attributes,
                              unsigned level) {
        std::uint64_t entry = address.value | present | access_flag | (level == 0 ? page : 0);
        entry |=
            attributes.device ? memory_device << index_shift : memory_normal << index_shift | inner_shareable;
        // [lab 8: write a leaf]
        if (!attributes.writable) entry |= read_only;
        if (!attributes.global) entry |= not_global;
        if (attributes.user) entry |= user | privileged_execute_never;
        if (!attributes.executable) entry |= privileged_execute_never | user_execute_never;
        if (!attributes.user) entry |= user_execute_never;
        // [/lab]
        return entry;
    }

    static std::uint64_t table(base::PhysicalAddress address) { return address.value | present | page; }

    static bool is_present(std::uint64_t entry) { return (entry & present) != 0; }

    static bool is_leaf(std::uint64_t entry, unsigned level) { return level == 0 || (entry & page) == 0; }

    static base::PhysicalAddress address(std::uint64_t entry) { return {entry & address_mask}; }

    static base::PageAttributes attributes(std::uint64_t entry) {
        const bool for_user = (entry & user) != 0;
        return {.writable = (entry & read_only) == 0,
                .executable = (entry & (for_user ? user_execute_never : privileged_execute_never)) == 0,
                .user = for_user,
                .global = (entry & not_global) == 0,
                .device = (entry >> index_shift & 7) == memory_device};
    }

private:
    static constexpr std::uint64_t present = 1 << 0;
    static constexpr std::uint64_t page = 1 << 1;      // A table, or at level 0 a page; clear: a block.
    static constexpr unsigned index_shift = 2;         // AttrIndx
    static constexpr std::uint64_t user = 1 << 6;      // AP[1]
    static constexpr std::uint64_t read_only = 1 << 7; // AP[2]
    static constexpr std::uint64_t inner_shareable = 3 << 8;
    static constexpr std::uint64_t access_flag = 1 << 10;
    static constexpr std::uint64_t not_global = 1 << 11;
    static constexpr std::uint64_t privileged_execute_never = std::uint64_t{1} << 53;
    static constexpr std::uint64_t user_execute_never = std::uint64_t{1} << 54;
    static constexpr std::uint64_t address_mask = 0x0000'ffff'ffff'f000;
};

/// Table base register 0 is the user space's, 1 the kernel's: an address's upper bits choose (Arm ARM
/// D5.2.7).
struct Mmu {
    static constexpr base::VirtualAddress direct_map{0xffff'0000'0000'0000};
    static constexpr bool tables_hold_both_halves = false;
    static constexpr bool flushes_reach_all_cpus = true; // TLBI …IS, and DSB ISH waits for all of them.

    static void activate_kernel_table(base::PhysicalAddress root) {
        leave_space();
        asm volatile("dsb ish\n\tmsr ttbr1_el1, %0\n\tisb" ::"r"(root.value) : "memory");
        flush_all();
    }

    static void flush_page(base::VirtualAddress address) {
        asm volatile("dsb ishst\n\ttlbi vaae1is, %0\n\tdsb ish\n\tisb" ::"r"(page_operand(address))
                     : "memory");
    }

    static void synchronize_table() { asm volatile("dsb ishst\n\tisb" ::: "memory"); }

    static std::uint32_t asid_count();

    /// Root and identifier change in one write, so that neither is ever used with the other's old value.
    static constexpr std::uint64_t space_word(base::PhysicalAddress root, std::uint32_t asid) {
        return root.value | asid_operand(asid);
    }

    static void switch_space(std::uint64_t word) {
        asm volatile("msr ttbr0_el1, %0\n\tisb" ::"r"(word) : "memory");
    }

    /// An empty table under identifier 0, which no space has.
    static void leave_space();

    static void flush_user_page(base::VirtualAddress address, std::uint32_t asid) {
        asm volatile(
            "dsb ishst\n\ttlbi vae1is, %0\n\tdsb ish\n\tisb" ::"r"(page_operand(address) | asid_operand(asid))
            : "memory");
    }

    static void flush_asid(std::uint32_t asid) {
        asm volatile("dsb ishst\n\ttlbi aside1is, %0\n\tdsb ish\n\tisb" ::"r"(asid_operand(asid)) : "memory");
    }

    static void flush_all_asids() {
        asm volatile("dsb ishst\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory");
    }

    static void publish_code(base::VirtualAddress address, std::uint64_t size);

private:
    /// This CPU's translations alone.
    static void flush_all() { asm volatile("dsb ishst\n\ttlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory"); }

    // What TLBI instructions and TTBR0 take (Arm ARM C5.5): the page's number in 43:0, the ASID in 63:48.
    static constexpr std::uint64_t page_operand(base::VirtualAddress address) {
        return address.value << 8 >> 20;
    }

    static constexpr std::uint64_t asid_operand(std::uint32_t asid) { return std::uint64_t{asid} << 48; }
};

} // namespace platform
