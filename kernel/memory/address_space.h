// A user address space: regions that say what is meant to be where, and the page table that says what is.
//
//     0x10000                                                                                       2^38 -
//     0x10000 | … text | - | rodata | - | data | - | heap … |      | thread stacks | - |     | - | stack |
//
// - A region is anonymous memory, whose pages come zeroed with their first touch and belong to the space, or
// a
//   window onto a FrameSet. What no region covers faults; `-` marks pages that never are: guards.
// - Nothing is both writable and executable. Nothing of the kernel can be reached.
// - Regions lie in one frame, sorted by address: so that there are at most `most_regions`.
// - A change that takes something away is seen by all CPUs before it returns.
//
// The kernel lock must be held for everything here.
#pragma once

#include <cstdint>
#include <expected>
#include <span>

#include "kernel/abi/handle.h"
#include "kernel/abi/object.h"
#include "kernel/memory/frame_set.h"
#include "kernel/memory/page_table.h"
#include "kernel/memory/recent_pages.h"
#include "kernel/memory/translations.h"

namespace memory {

enum class Access { read, write, execute };

/// What a program may do with a region: nothing (a guard that keeps what it holds), or read, and then write
/// or execute.
struct Permissions {
    bool read = false;
    bool write = false;
    bool execute = false;

    constexpr bool operator==(const Permissions&) const = default;

    constexpr bool allow(Access access) const {
        return access == Access::read ? read : access == Access::write ? write : execute;
    }

    /// What a capability with these rights lets one map.
    static constexpr Permissions of(abi::Rights rights) {
        return {.read = rights.includes(abi::right::read),
                .write = rights.includes(abi::right::write),
                .execute = rights.includes(abi::right::execute)};
    }

    constexpr bool include(Permissions others) const {
        return (read || !others.read) && (write || !others.write) && (execute || !others.execute);
    }
};

inline constexpr Permissions all_permissions{.read = true, .write = true, .execute = true};

struct Region {
    VirtualAddress start{};
    std::uint64_t size = 0;
    FrameSet* frames = nullptr; ///< Null for anonymous memory.
    std::uint64_t offset = 0;   ///< Of its first page in `frames`.
    Permissions permissions{};
    Permissions most = all_permissions; ///< What protect() can make of them.
    abi::Handle through{};              ///< The capability that a window goes by; none for the kernel's own.

    constexpr VirtualAddress end() const { return start + size; }

    constexpr bool contains(VirtualAddress address) const { return address >= start && address < end(); }
};

class AddressSpace {
public:
    static constexpr std::size_t most_regions = base::page_size / sizeof(Region);

    /// An empty space; its frames are charged to `account`. Error::out_of_memory,
    /// Error::limit_reached.
    static std::expected<AddressSpace*, Error> create(Account& account);
    /// Frees everything. No CPU may be using it.
    void destroy();

    AddressSpace(const AddressSpace&) = delete;
    AddressSpace& operator=(const AddressSpace&) = delete;

    /// Adds a region of whole pages: at `at`, or at the first gap that fits where `at` is 0, leaving a page
    /// free on both sides. `frames` may be null; a reference is taken. No later protect() goes beyond `most`:
    /// for frames of somebody else's that is what one may do with them. Returns the address.
    /// Error::misaligned, Error::invalid_argument (no size, writable and executable, or past the object's
    /// end), Error::bad_address (outside of user space), Error::occupied, Error::limit_reached
    /// (most_regions), Error::out_of_memory (no gap).
    std::expected<VirtualAddress, Error> map(VirtualAddress at, std::uint64_t size, Permissions permissions,
                                             FrameSet* frames = nullptr, std::uint64_t offset = 0,
                                             Permissions most = all_permissions, abi::Handle through = {});
    /// Takes away all that lies in the range; regions that reach beyond it are cut. Error::misaligned,
    /// Error::bad_address, Error::limit_reached (a cut makes two regions of one).
    std::expected<void, Error> unmap(VirtualAddress at, std::uint64_t size);
    /// Changes what may be done with a range, which regions must cover wholly: else Error::not_found; the
    /// rest as for map and unmap. Error::not_permitted beyond what map() was told, and for writing to
    /// frames that are read-only.
    std::expected<void, Error> protect(VirtualAddress at, std::uint64_t size, Permissions permissions);

    /// The frame behind a user address, and the byte in it, for an access of that kind: a page that is not
    /// there yet is put there. Error::bad_address where the access is not allowed, Error::out_of_memory,
    /// Error::limit_reached.
    std::expected<PhysicalAddress, Error> resolve(VirtualAddress address, Access access);

    /// Lets `place` be that byte in the direct map, to be read or written; errors as of resolve.
    std::expected<void, Error> reach(VirtualAddress address, Access access, std::byte*& place) {
        place = recent_.find(address, access == Access::write);
        if (place) [[likely]]
            return {};
        const auto found = resolve(address, access);
        if (!found) return std::unexpected(found.error());
        place = hal::direct<std::byte>(*found);
        return {};
    }

    /// Puts right what made an access of a program's fault: errors as of resolve. Error::occupied when the
    /// page is there and allows the access: then this CPU remembered what was no longer so, and has now
    /// forgotten it.
    std::expected<void, Error> mend(VirtualAddress address, Access access);

    /// Takes away each window onto `frames` for which `keep(through)` does not hold.
    template <class Keep>
    void forget_unless(const FrameSet& frames, Keep keep) {
        for (std::size_t i = count_; i-- > 0;)
            if (regions_[i].frames == &frames && !keep(regions_[i].through)) remove(i);
    }

    /// Makes this CPU use this space; null for none.
    static void activate(AddressSpace* space) { use_translations(space ? &space->translations_ : nullptr); }

    /// The same on this CPU, which is `cpu` and uses `from`, be it the same one.
    static void switch_over(const AddressSpace& from, AddressSpace& to, std::uint32_t cpu) {
        if (&from != &to) switch_translations(to.translations_, cpu);
    }

    const PageTable<hal::NativePageFormat>& table() const { return table_; }

    std::span<const Region> regions() const { return {regions_, count_}; }

private:
    AddressSpace(PageTable<hal::NativePageFormat> table, Account& account, Region* regions)
        : table_(table), account_(account), regions_(regions), translations_{.root = table.root()} {}

    std::size_t first_ending_after(VirtualAddress address) const;
    const Region* region_for(VirtualAddress address, Access access) const;
    bool is_free(VirtualAddress at, std::uint64_t size) const;
    bool is_covered(VirtualAddress at, std::uint64_t size) const;
    std::expected<VirtualAddress, Error> find_gap(std::uint64_t size) const;
    std::expected<void, Error> isolate(VirtualAddress at, std::uint64_t size);
    bool is_inside(VirtualAddress at) const;
    void split(VirtualAddress at);
    void insert(std::size_t index, const Region& region);
    void erase(std::size_t index);
    void remove(std::size_t index);
    struct Batch;
    Batch next_batch(const Region& region, VirtualAddress at) const;
    void drop_pages(const Region& region);
    void give_up(const Region& region);
    void change_pages(const Region& region);
    std::expected<PhysicalAddress, Error> fill(const Region& region, VirtualAddress page);

    PageTable<hal::NativePageFormat> table_;
    Account& account_;
    Region* regions_; ///< One frame, through the direct map.
    std::size_t count_ = 0;
    TranslationState translations_;
    RecentPages recent_;
};

} // namespace memory
