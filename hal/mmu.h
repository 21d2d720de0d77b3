// Address translation: the format of page-table entries, the direct map, and switching to a page table.
#pragma once

#include <platform/mmu.h>

#include <concepts>
#include <cstdint>

#include "kernel/base/address.h"
#include "kernel/base/page_attributes.h"

namespace hal {

using base::PageAttributes;
using base::PhysicalAddress;
using base::VirtualAddress;

/// What platform/<arch>/mmu.h owes as `platform::PageFormat`: how one entry of a page table is written and
/// read.
///
/// Tables are of 512 entries of 64 bits at all levels. Level 0 maps pages; level n maps 2^(12 + 9n) bytes an
/// entry; the root is at level levels() - 1. The portable half is the template in kernel/memory/page_table.h.
template <class F>
concept PageFormat = requires(std::uint64_t entry, PhysicalAddress address, PageAttributes attributes,
                              unsigned level) {
    { F::levels() } -> std::same_as<unsigned>;
    { F::can_be_leaf(level) } -> std::same_as<bool>;
    { F::leaf(address, attributes, level) } -> std::same_as<std::uint64_t>;
    { F::table(address) } -> std::same_as<std::uint64_t>;
    { F::is_present(entry) } -> std::same_as<bool>;
    { F::is_leaf(entry, level) } -> std::same_as<bool>;
    { F::address(entry) } -> std::same_as<PhysicalAddress>;
    { F::attributes(entry) } -> std::same_as<PageAttributes>;
};

/// What platform/<arch>/mmu.h owes as `platform::Mmu`: where the direct map lies, and what changes
/// translations.
///
/// - direct_map is the virtual address of physical address 0: all of RAM, and all devices, are mapped from
/// there on.
/// - activate_kernel_table(root) makes `root` translate the kernel's half, and drops all old translations.
/// The caller's
///   code, data and stack must be mapped by it.
/// - flush_page(address) drops this CPU's translation of one kernel page, after its entry has changed.
/// - synchronize_table() makes entries that were written visible to the walker, before they are first used.
///
/// Of user space, whose addresses all lie below user_end on each machine:
///
/// - tables_hold_both_halves says whether a space's root must hold the kernel's entries in its upper half
/// too.
/// - asid_count() is how many address-space identifiers the CPU tells apart; 1 where it has none, and then
///   switch_space drops the translations of the space before.
/// - space_word(root, asid) is what the CPU's register for both holds; switch_space(word) makes this CPU
///   translate user addresses by it; what it remembers of `asid` must be right.
/// - leave_space() makes it translate none (or none but the kernel's): before a space that it uses goes away.
/// - flush_user_page(address, asid), flush_asid(asid), flush_all_asids() drop translations; of all CPUs where
///   flushes_reach_all_cpus, else of this one. Entries written before count as changed.
/// - publish_code(address, size) makes bytes that were written at the direct map fetchable as instructions.
template <class M>
concept MmuOperations = requires(PhysicalAddress root, VirtualAddress address, std::uint32_t asid) {
    { M::direct_map } -> std::convertible_to<VirtualAddress>;
    { M::activate_kernel_table(root) } -> std::same_as<void>;
    { M::flush_page(address) } -> std::same_as<void>;
    { M::synchronize_table() } -> std::same_as<void>;
    { M::tables_hold_both_halves } -> std::convertible_to<bool>;
    { M::flushes_reach_all_cpus } -> std::convertible_to<bool>;
    { M::asid_count() } -> std::same_as<std::uint32_t>;
    { M::space_word(root, asid) } -> std::same_as<std::uint64_t>;
    { M::switch_space(std::uint64_t{}) } -> std::same_as<void>;
    { M::leave_space() } -> std::same_as<void>;
    { M::flush_user_page(address, asid) } -> std::same_as<void>;
    { M::flush_asid(asid) } -> std::same_as<void>;
    { M::flush_all_asids() } -> std::same_as<void>;
    { M::publish_code(address, std::uint64_t{}) } -> std::same_as<void>;
};

using Mmu = platform::Mmu;

/// The first address that no program has: what the smallest of the formats, with three levels, can translate.
inline constexpr VirtualAddress user_end{std::uint64_t{1} << 38};
using NativePageFormat = platform::PageFormat;

/// The direct map: where the kernel sees physical memory.
inline VirtualAddress to_virtual(PhysicalAddress address) { return Mmu::direct_map + address.value; }

/// The inverse of to_virtual; `address` must lie in the direct map.
inline PhysicalAddress to_physical(VirtualAddress address) { return {address - Mmu::direct_map}; }

/// A pointer through the direct map. The address must be RAM or a device that BootInfo lists.
template <class T>
T* direct(PhysicalAddress address) {
    return reinterpret_cast<T*>(to_virtual(address).value);
}

/// Where the kernel image, linked at a fixed virtual address, lies in physical memory.
PhysicalAddress image_to_physical(const void* address);

} // namespace hal
