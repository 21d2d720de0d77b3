// rv64 translation: Sv39, three levels of tables (RISC-V Privileged 4.3, 4.4).
#pragma once

#include <cstdint>

#include "kernel/base/address.h"
#include "kernel/base/page_attributes.h"
#include "platform/rv64/csr.h"

namespace platform {

struct PageFormat {
    static unsigned levels() { return 3; }

    static bool can_be_leaf(unsigned level) { return level <= 2; } // 4 KiB, 2 MiB, 1 GiB

    /// Accessed and dirty are set in advance: a CPU may raise a page fault instead of setting them itself.
    /// `device` says nothing to the hardware, for without Svpbmt the physical address alone decides whether
    /// an access is cached (Privileged 3.6, PMAs); a bit that is left to software remembers it.
    static std::uint64_t leaf(base::PhysicalAddress address, base::PageAttributes attributes,
                              [[maybe_unused]] unsigned level) {
        std::uint64_t entry = table(address) | readable | accessed | dirty;
        if (attributes.writable) entry |= writable;
        if (attributes.executable) entry |= executable;
        if (attributes.user) entry |= user;
        if (attributes.global) entry |= global;
        if (attributes.device) entry |= device;
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

    /// One root serves both halves; the fence also orders the entries written before it (Privileged 4.2.1).
    static void activate_kernel_table(base::PhysicalAddress root) {
        csr::satp::write(mode_sv39 | root.value >> base::page_shift);
        flush_all();
    }

    static void flush_page(base::VirtualAddress address) {
        asm volatile("sfence.vma %0, zero" ::"r"(address.value) : "memory");
    }

    static void flush_all() { asm volatile("sfence.vma zero, zero" ::: "memory"); }

    /// A CPU may remember that an entry was not valid, so that new ones need the fence too.
    static void synchronize_table() { flush_all(); }

private:
    static constexpr std::uint64_t mode_sv39 = std::uint64_t{8} << 60;
};

} // namespace platform
