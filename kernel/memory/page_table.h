// Page tables: one walker for all machines; what an entry looks like is the platform's PageFormat.
//
//     level 3    512 entries of 512 GiB: the root       An entry is empty, points to a table of the level
//     level 2    512 entries of 1 GiB                   below, or is a leaf, which maps memory of its own
//     level 1    512 entries of 2 MiB                   size. Level 0 has leaves only; which other levels
//     level 0    512 entries of 4 KiB                   may have some, and which is the root's, varies.
//
// - An operation that fails has changed nothing that is mapped.
// - Nothing is ever mapped both writable and executable.
// - No table but the root stays when it is empty.
// - Translations that a CPU may remember are the caller's to flush: only he knows which CPUs use the table.
// - Splitting a large leaf replaces it in one write. Not every processor allows that for a table in force
//   (break-before-make, Arm ARM D5.10.1): what is to be changed in part later is mapped as Leaves::pages.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include "hal/mmu.h"
#include "kernel/abi/error.h"
#include "kernel/memory/page_bytes.h"
#include "kernel/memory/table_geometry.h"

namespace memory {

using abi::Error;
using base::PageAttributes;

/// Where a page table's own frames come from and go to: two functions and what they work on.
struct FrameSource {
    std::expected<PhysicalAddress, Error> (*allocate)(void* context) = nullptr;
    void (*free)(void* context, PhysicalAddress frame) = nullptr;
    void* context = nullptr;
};

/// What an address is translated to.
struct Translation {
    PhysicalAddress physical{}; ///< Of the very address, not of its page.
    PageAttributes attributes{};
    unsigned level = 0; ///< Of the leaf: 0 is a page.
};

/// The first part of a range, as far as it is the same: mapped throughout, or not mapped at all.
struct Run {
    std::uint64_t size = 0;
    bool mapped = false;
};

/// A root and the tables beneath it. A handle: copies mean the same table, and destroy() ends it.
template <hal::PageFormat Format>
class PageTable : private TableGeometry<Format> {
public:
    /// An empty table. Error::out_of_memory when the source has no frame for the root.
    static std::expected<PageTable, Error> create(FrameSource source) {
        const auto root = create_table(source);
        if (!root) return std::unexpected(root.error());
        return PageTable(*root, source);
    }

    /// An empty table for a user space; where roots hold both halves, the upper one is `kernel`'s, whose root
    /// must not change any more. Error::out_of_memory.
    static std::expected<PageTable, Error> create_user(FrameSource source, const PageTable& kernel) {
        auto table = create(source);
        if (table && hal::Mmu::tables_hold_both_halves)
            std::ranges::copy(upper_half(kernel.root_), upper_half(table->root_).begin());
        return table;
    }

    /// Returns all tables to the source. The table must not be in force anywhere.
    void destroy() { destroy_table(root_, top_level(), table_at(root_)); }

    /// The same for a table that create_user() made: the kernel's half stays.
    void destroy_user() {
        constexpr std::size_t own = hal::Mmu::tables_hold_both_halves ? entries / 2 : entries;
        destroy_table(root_, top_level(), std::span(table_at(root_)).first(own));
    }

    PhysicalAddress root() const { return root_; }

    /// Maps `size` bytes at `at` to `to`. Error::misaligned unless all three are whole pages;
    /// Error::invalid_argument for an empty range, one that no table of this format translates, or writable
    /// and executable at once; Error::occupied when part of it is mapped already; Error::out_of_memory.
    std::expected<void, Error> map(VirtualAddress at, PhysicalAddress to, std::uint64_t size,
                                   PageAttributes attributes, Leaves leaves = Leaves::largest) {
        if (!to.is_aligned(base::page_size)) return std::unexpected(Error::misaligned);
        if (to + (size - 1) < to) return std::unexpected(Error::invalid_argument);
        if (const auto fine = check_change(at, size, attributes); !fine) return fine;
        if (const Run run = first_run(at, size); run.mapped || run.size != size)
            return std::unexpected(Error::occupied);
        for (std::uint64_t done = 0; done < size;) {
            const unsigned level = largest_leaf(at + done, to + done, size - done, leaves);
            const auto entry = make_entry(at + done, level);
            if (!entry) {
                clear(at, size);
                return std::unexpected(entry.error());
            }
            **entry = Format::leaf(to + done, attributes, level);
            done += leaf_size(level);
        }
        hal::Mmu::synchronize_table();
        return {};
    }

    /// Maps the page `at` to `to`, with a single walk: for a page that is put in place when it is touched.
    /// Errors as of map.
    std::expected<void, Error> map_page(VirtualAddress at, PhysicalAddress to, PageAttributes attributes) {
        if (!to.is_aligned(base::page_size)) return std::unexpected(Error::misaligned);
        if (const auto fine = check_change(at, base::page_size, attributes); !fine) return fine;
        const auto entry = make_entry(at, 0);
        if (!entry) {
            clear(at, base::page_size);
            return std::unexpected(entry.error());
        }
        if (Format::is_present(**entry)) return std::unexpected(Error::occupied);
        **entry = Format::leaf(to, attributes, 0);
        hal::Mmu::synchronize_table();
        return {};
    }

    /// Ends the mapping of a range; large leaves that reach beyond it are split. Error::not_found when part
    /// of it is not mapped; Error::misaligned, Error::invalid_argument and Error::out_of_memory (for a split)
    /// as above.
    std::expected<void, Error> unmap(VirtualAddress at, std::uint64_t size) {
        if (const auto ready = isolate(at, size); !ready) return ready;
        clear(at, size);
        return {};
    }

    /// Gives a mapped range other attributes; errors as for unmap and map.
    std::expected<void, Error> protect(VirtualAddress at, std::uint64_t size, PageAttributes attributes) {
        if (const auto fine = check_change(at, size, attributes); !fine) return fine;
        if (const auto ready = isolate(at, size); !ready) return ready;
        for (std::uint64_t done = 0; done < size;) {
            const Place place = find(at + done);
            *place.entry = Format::leaf(Format::address(*place.entry), attributes, place.level);
            done += leaf_size(place.level);
        }
        hal::Mmu::synchronize_table();
        return {};
    }

    /// What `at` is translated to; nothing when it is not mapped.
    std::optional<Translation> lookup(VirtualAddress at) const {
        if (!is_translated(at, 1)) return std::nullopt;
        const Place place = find(at);
        if (!Format::is_present(*place.entry)) return std::nullopt;
        const std::uint64_t offset = at.value & (leaf_size(place.level) - 1);
        return Translation{Format::address(*place.entry) + offset, Format::attributes(*place.entry),
                           place.level};
    }

    /// How far from `at`, up to `size` bytes, everything is mapped, or nothing is.
    Run first_run(VirtualAddress at, std::uint64_t size) const {
        Run run;
        while (run.size < size) {
            const VirtualAddress next = at + run.size;
            const Place place = find(next);
            const bool mapped = Format::is_present(*place.entry);
            if (run.size > 0 && mapped != run.mapped) break;
            run.mapped = mapped;
            const std::uint64_t leaf = leaf_size(place.level), within = next.value & (leaf - 1);
            const std::uint64_t wanted = (within + (size - run.size) + leaf - 1) / leaf;
            const std::uint64_t left = entries - index(next, place.level);
            run.size += alike(place, std::min(wanted, left)) * leaf - within;
        }
        return {std::min(run.size, size), run.mapped};
    }

private:
    using Geometry = TableGeometry<Format>;
    using Geometry::entries, Geometry::top_level, Geometry::leaf_size, Geometry::index, Geometry::table_at;
    using Geometry::is_empty, Geometry::line;
    using Geometry::upper_half, Geometry::is_translated, Geometry::largest_leaf, Geometry::alike;
    using typename Geometry::Place;
    using typename Geometry::Table;

    PageTable(PhysicalAddress root, FrameSource source) : root_(root), source_(source) {}

    static std::expected<void, Error> check_range(VirtualAddress at, std::uint64_t size) {
        if (!at.is_aligned(base::page_size) || size % base::page_size != 0)
            return std::unexpected(Error::misaligned);
        if (size == 0 || !is_translated(at, size)) return std::unexpected(Error::invalid_argument);
        return {};
    }

    static std::expected<void, Error> check_change(VirtualAddress at, std::uint64_t size,
                                                   PageAttributes attributes) {
        if (attributes.writable && attributes.executable) return std::unexpected(Error::invalid_argument);
        return check_range(at, size);
    }

    static std::expected<PhysicalAddress, Error> create_table(FrameSource source) {
        const auto frame = source.allocate(source.context);
        if (frame) clear_page(*frame);
        return frame;
    }

    Place find(VirtualAddress at) const { return Geometry::find(root_, at); }

    /// The entry for `at` at `level`, making the tables above it; or the leaf that is in its place.
    std::expected<std::uint64_t*, Error> make_entry(VirtualAddress at, unsigned level) {
        Place place = find(at);
        while (place.level > level && !Format::is_present(*place.entry)) {
            const auto table = create_table(source_);
            if (!table) return std::unexpected(table.error());
            *place.entry = Format::table(*table);
            place = {&table_at(*table)[index(at, place.level - 1)], place.level - 1};
        }
        return place.entry;
    }

    /// Prepares a range to be changed: all of it is mapped, and no leaf reaches beyond its ends.
    std::expected<void, Error> isolate(VirtualAddress at, std::uint64_t size) {
        if (const auto fine = check_range(at, size); !fine) return fine;
        if (const Run run = first_run(at, size); !run.mapped || run.size != size)
            return std::unexpected(Error::not_found);
        if (const auto ready = split_at(at); !ready) return ready;
        return split_at(at + size);
    }

    /// Splits the leaf that `boundary` lies inside of, if any, until it is the edge of one.
    std::expected<void, Error> split_at(VirtualAddress boundary) {
        for (Place place = find(boundary); !boundary.is_aligned(leaf_size(place.level));
             place = find(boundary)) {
            if (!Format::is_present(*place.entry)) break;
            if (const auto done = split(place); !done) return done;
        }
        return {};
    }

    /// Puts a table of the next level in place of a leaf; each address is translated as before.
    std::expected<void, Error> split(Place place) {
        const auto table = create_table(source_);
        if (!table) return std::unexpected(table.error());
        const PhysicalAddress start = Format::address(*place.entry);
        const PageAttributes attributes = Format::attributes(*place.entry);
        const unsigned level = place.level - 1;
        for (unsigned i = 0; i < entries; ++i)
            table_at(*table)[i] = Format::leaf(start + i * leaf_size(level), attributes, level);
        hal::Mmu::synchronize_table(); // A walker that sees the table must see what is in it.
        *place.entry = Format::table(*table);
        return {};
    }

    /// Empties a range whose ends no leaf crosses, and frees the tables that then hold nothing.
    void clear(VirtualAddress at, std::uint64_t size) {
        clear_table(root_, top_level(), at, at + (size - 1));
    }

    /// One table's share, from `first` to `last` inclusive; true when the table is empty afterwards.
    bool clear_table(PhysicalAddress address, unsigned level, VirtualAddress first, VirtualAddress last) {
        Table& table = table_at(address);
        VirtualAddress at = first;
        for (unsigned i = index(first, level); i <= index(last, level); ++i) {
            const VirtualAddress end = at.aligned_down(leaf_size(level)) + (leaf_size(level) - 1);
            clear_entry(table[i], level, at, std::min(end, last));
            at = end + 1;
        }
        return is_empty(table);
    }

    void clear_entry(std::uint64_t& entry, unsigned level, VirtualAddress first, VirtualAddress last) {
        if (!Format::is_present(entry)) return;
        if (!Format::is_leaf(entry, level)) {
            const PhysicalAddress table = Format::address(entry);
            if (!clear_table(table, level - 1, first, last)) return;
            source_.free(source_.context, table);
        }
        entry = 0;
    }

    /// A table with what is beneath `own`, its entries that are this page table's.
    void destroy_table(PhysicalAddress address, unsigned level, std::span<const std::uint64_t> own) {
        for (; level > 0 && !own.empty(); own = own.subspan(line))
            if (!is_empty(own.first(line)))
                for (const std::uint64_t entry : own.first(line))
                    if (Format::is_present(entry) && !Format::is_leaf(entry, level))
                        destroy_table(Format::address(entry), level - 1, table_at(Format::address(entry)));
        source_.free(source_.context, address);
    }

    PhysicalAddress root_;
    FrameSource source_;
};

} // namespace memory
