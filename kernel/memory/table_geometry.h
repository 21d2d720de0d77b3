// How addresses are cut into indices of tables, and what is found by them: the part of page tables that
// changes nothing.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "hal/mmu.h"
#include "kernel/base/address.h"

namespace memory {

using base::PhysicalAddress;
using base::VirtualAddress;

/// How large a leaf may be.
enum class Leaves { largest, pages };

template <hal::PageFormat Format>
class TableGeometry {
protected:
    static constexpr unsigned index_bits = 9;
    static constexpr unsigned entries = 1 << index_bits;
    using Table = std::array<std::uint64_t, entries>;

    /// An entry and the level of the table that it stands in.
    struct Place {
        std::uint64_t* entry = nullptr;
        unsigned level = 0;
    };

    static unsigned top_level() { return Format::levels() - 1; }

    static std::uint64_t leaf_size(unsigned level) { return base::page_size << index_bits * level; }

    static unsigned index(VirtualAddress at, unsigned level) {
        return static_cast<unsigned>(at.value >> (base::page_shift + index_bits * level)) % entries;
    }

    static Table& table_at(PhysicalAddress address) { return *hal::direct<Table>(address); }

    static std::span<std::uint64_t> upper_half(PhysicalAddress root) {
        return std::span(table_at(root)).subspan(entries / 2);
    }

    /// Addresses are translated in two halves, which differ in all bits that no level looks at.
    static bool is_translated(VirtualAddress at, std::uint64_t size) {
        const std::uint64_t reach = leaf_size(top_level()) * entries;
        const std::uint64_t half = at.value / reach, last_half = ~std::uint64_t{0} / reach;
        return (half == 0 || half == last_half) && size - 1 <= reach - 1 - at.value % reach;
    }

    static unsigned largest_leaf(VirtualAddress at, PhysicalAddress to, std::uint64_t size, Leaves leaves) {
        unsigned level = leaves == Leaves::pages ? 0 : top_level();
        const auto fits = [&](unsigned candidate) {
            const std::uint64_t leaf = leaf_size(candidate);
            return Format::can_be_leaf(candidate) && at.is_aligned(leaf) && to.is_aligned(leaf) &&
                   leaf <= size;
        };
        while (level > 0 && !fits(level)) --level;
        return level;
    }

    /// Goes down from the root `table` as far as there are tables.
    static Place find(PhysicalAddress table, VirtualAddress at) {
        for (unsigned level = top_level();; --level) {
            std::uint64_t& entry = table_at(table)[index(at, level)];
            if (!Format::is_present(entry) || Format::is_leaf(entry, level)) return {&entry, level};
            table = Format::address(entry);
        }
    }

    /// How many entries from one on are as it is, empty or leaves: at most `most`, all in the same table.
    static std::uint64_t alike(Place place, std::uint64_t most) {
        const bool mapped = Format::is_present(*place.entry);
        std::uint64_t count = 1;
        while (count < most && Format::is_present(place.entry[count]) == mapped &&
               (!mapped || Format::is_leaf(place.entry[count], place.level)))
            ++count;
        return count;
    }

    /// Nearly all entries of nearly all tables are empty, which is 0 in every format: they are looked at a
    /// line at a time.
    static constexpr std::size_t line = 8;

    static bool is_empty(std::span<const std::uint64_t> part) {
        for (; !part.empty(); part = part.subspan(line)) {
            std::uint64_t any = 0;
#pragma GCC unroll 8
            for (std::size_t i = 0; i < line; ++i) any |= part[i];
            if (any != 0) return false;
        }
        return true;
    }
};

} // namespace memory
