// The host as an MMU: a page-table format that is as simple as can be, and a direct map that tests place over
// an array.
#pragma once

#include <cstdint>

#include "kernel/base/address.h"
#include "kernel/base/page_attributes.h"

namespace platform {

/// Four levels; a bit for everything there is to say, and the address above them.
struct PageFormat {
    static unsigned levels() { return 4; }

    static bool can_be_leaf(unsigned level) { return level <= 2; }

    static std::uint64_t leaf(base::PhysicalAddress address, base::PageAttributes attributes, unsigned) {
        return address.value | present | is_a_leaf | (attributes.writable ? writable : 0) |
               (attributes.executable ? executable : 0) | (attributes.user ? user : 0) |
               (attributes.global ? global : 0) | (attributes.device ? device : 0);
    }

    static std::uint64_t table(base::PhysicalAddress address) { return address.value | present; }

    static bool is_present(std::uint64_t entry) { return (entry & present) != 0; }

    static bool is_leaf(std::uint64_t entry, unsigned) { return (entry & is_a_leaf) != 0; }

    static base::PhysicalAddress address(std::uint64_t entry) {
        return {base::align_down(entry, base::page_size)};
    }

    static base::PageAttributes attributes(std::uint64_t entry) {
        return {.writable = (entry & writable) != 0,
                .executable = (entry & executable) != 0,
                .user = (entry & user) != 0,
                .global = (entry & global) != 0,
                .device = (entry & device) != 0};
    }

private:
    static constexpr std::uint64_t present = 1 << 0;
    static constexpr std::uint64_t is_a_leaf = 1 << 1;
    static constexpr std::uint64_t writable = 1 << 2;
    static constexpr std::uint64_t executable = 1 << 3;
    static constexpr std::uint64_t user = 1 << 4;
    static constexpr std::uint64_t global = 1 << 5;
    static constexpr std::uint64_t device = 1 << 6;
};

struct Mmu {
    static inline base::VirtualAddress direct_map{}; ///< Set by fake::Ram.

    static void activate_kernel_table(base::PhysicalAddress root) { active_root = root; }

    static void flush_page(base::VirtualAddress) { ++flush_count; }

    static void flush_all() { ++flush_count; }

    static void synchronize_table() {}

    // What tests look at.
    static inline base::PhysicalAddress active_root{};
    static inline std::uint64_t flush_count = 0;
};

} // namespace platform
