// x64 translation: 4-level paging with 4 KiB and 2 MiB pages (Intel SDM 3A, 4.5).
#pragma once

#include <cstdint>

#include "kernel/base/address.h"
#include "kernel/base/page_attributes.h"
#include "platform/x64/cpu.h"

namespace platform {

struct PageFormat {
    static unsigned levels() { return 4; }

    static bool can_be_leaf(unsigned level) { return level <= 1; } // 1 GiB pages are not on every CPU.

    static std::uint64_t leaf(base::PhysicalAddress address, base::PageAttributes attributes,
                              unsigned level) {
        std::uint64_t entry = address.value | present | (level == 0 ? 0 : large);
        if (attributes.device) entry |= uncached;
        // [lab 8: write a leaf]
        if (attributes.writable) entry |= writable;
        if (!attributes.executable) entry |= execute_disable;
        if (attributes.user) entry |= user;
        if (attributes.global) entry |= global;
        // [/lab]
        return entry;
    }

    /// Rights are those that all levels grant: a table grants all, its leaves decide.
    static std::uint64_t table(base::PhysicalAddress address) {
        return address.value | present | writable | user;
    }

    static bool is_present(std::uint64_t entry) { return (entry & present) != 0; }

    static bool is_leaf(std::uint64_t entry, unsigned level) { return level == 0 || (entry & large) != 0; }

    static base::PhysicalAddress address(std::uint64_t entry) { return {entry & address_mask}; }

    static base::PageAttributes attributes(std::uint64_t entry) {
        return {.writable = (entry & writable) != 0,
                .executable = (entry & execute_disable) == 0,
                .user = (entry & user) != 0,
                .global = (entry & global) != 0,
                .device = (entry & uncached) == uncached};
    }

private:
    static constexpr std::uint64_t present = 1 << 0;
    static constexpr std::uint64_t writable = 1 << 1;
    static constexpr std::uint64_t user = 1 << 2;
    static constexpr std::uint64_t uncached =
        3 << 3; // PWT and PCD: strong uncacheable with the PAT's reset value
    static constexpr std::uint64_t large = 1
                                           << 7; // Above level 0; there it is the PAT bit, which stays clear.
    static constexpr std::uint64_t global = 1 << 8;
    static constexpr std::uint64_t execute_disable = std::uint64_t{1} << 63;
    static constexpr std::uint64_t address_mask = 0x000f'ffff'ffff'f000;
};

struct Mmu {
    static constexpr base::VirtualAddress direct_map{0xffff'8000'0000'0000};

    static void activate_kernel_table(base::PhysicalAddress root) {
        kernel_root = root;
        load_root(root);
        flush_all();
    }

    /// The table that activate_kernel_table put in force.
    static base::PhysicalAddress kernel_table() { return kernel_root; }

    static void flush_page(base::VirtualAddress address) {
        asm volatile("invlpg (%0)" ::"r"(address.value) : "memory");
    }

    /// Writing CR3 spares global pages; changing CR4.PGE spares none (Intel SDM 3A, 4.10.4.1).
    static void flush_all() {
        const std::uint64_t control = read_control_4();
        write_control_4(control ^ page_global_enable);
        write_control_4(control);
    }

    /// The walker snoops caches, and a CPU sees its own stores in order (Intel SDM 3A, 4.10.4.3): nothing to
    /// wait for.
    static void synchronize_table() { asm volatile("" ::: "memory"); }

    // A user space has a root of its own, whose upper half is the kernel's; there is one CR3 for both halves.
    // Translations are tagged with no identifier (CR4.PCIDE is clear): loading CR3 drops all but the
    // kernel's, which are global (Intel SDM 3A, 4.10.4.1).

    static constexpr bool tables_hold_both_halves = true;
    static constexpr bool flushes_reach_all_cpus = false;

    static std::uint32_t asid_count() { return 1; }

    static std::uint64_t space_word(base::PhysicalAddress root, std::uint32_t) { return root.value; }

    static void switch_space(std::uint64_t word) { load_root({word}); }

    static void leave_space() { load_root(kernel_root); }

    static void flush_user_page(base::VirtualAddress address, std::uint32_t) { flush_page(address); }

    static void flush_asid(std::uint32_t) { flush_all_asids(); }

    static void flush_all_asids() {
        std::uint64_t root;
        asm volatile("movq %%cr3, %0\n\tmovq %0, %%cr3" : "=r"(root)::"memory");
    }

    /// Instruction fetch sees stores made through any address once something serialises it (Intel SDM 3A,
    /// 11.6), as the return to user mode does.
    static void publish_code(base::VirtualAddress, std::uint64_t) { asm volatile("" ::: "memory"); }

private:
    static void load_root(base::PhysicalAddress root) {
        asm volatile("movq %0, %%cr3" ::"r"(root.value) : "memory");
    }

    static constexpr std::uint64_t page_global_enable = 1 << 7; // CR4.PGE

    static inline constinit base::PhysicalAddress kernel_root{};
};

} // namespace platform
