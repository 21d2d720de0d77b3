// The host as an MMU: a page-table format that is as simple as can be, a direct map that tests place over an
// array, and for each CPU a memory of translations that forgets nothing by itself.
#pragma once

#include <platform/cpu.h>

#include <array>
#include <cstdint>
#include <map>
#include <utility>

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

/// What one CPU translates by, and what it remembers: (identifier, page) to whatever a test stands for it.
struct Translator {
    base::PhysicalAddress active_space{}; ///< Null when none is.
    std::uint32_t active_asid = 0;
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint64_t> remembered;
};

struct Mmu {
    static inline base::VirtualAddress direct_map{}; ///< Set by fake::Ram.

    static void activate_kernel_table(base::PhysicalAddress root) { active_root = root; }

    static void flush_page(base::VirtualAddress) { ++flush_count; }

    static void synchronize_table() {}

    static constexpr bool tables_hold_both_halves = false;
    static constexpr bool flushes_reach_all_cpus = false;

    static std::uint32_t asid_count() { return asids; }

    static std::uint64_t space_word(base::PhysicalAddress root, std::uint32_t asid) {
        return root.value | std::uint64_t{asid} << 48;
    }

    static void switch_space(std::uint64_t word) {
        if (asids == 1) own().remembered.clear();
        own().active_space = {word & 0xffff'ffff'ffff};
        own().active_asid = static_cast<std::uint32_t>(word >> 48);
    }

    static void leave_space() { own().active_space = {}; }

    static void flush_user_page(base::VirtualAddress page, std::uint32_t asid) {
        ++user_flush_count;
        own().remembered.erase({asid, page.value});
    }

    static void flush_asid(std::uint32_t asid) {
        ++user_flush_count;
        std::erase_if(own().remembered, [&](const auto& each) { return each.first.first == asid; });
    }

    static void flush_all_asids() {
        ++user_flush_count;
        own().remembered.clear();
    }

    static void publish_code(base::VirtualAddress, std::uint64_t size) { published_bytes += size; }

    // What tests look at and set.
    static inline base::PhysicalAddress active_root{};

    static Translator& own() { return translators[Cpu::current]; }

    static inline std::array<Translator, Cpu::count> translators{};
    static inline std::uint32_t asids = 8; ///< Few, so that they run out soon.
    static inline std::uint64_t flush_count = 0;
    static inline std::uint64_t user_flush_count = 0;
    static inline std::uint64_t published_bytes = 0;
};

} // namespace platform
