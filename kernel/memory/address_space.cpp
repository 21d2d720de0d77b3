// Regions: what is mapped, taken away and changed. Their pages are in region_pages.cpp.
#include "kernel/memory/address_space.h"

#include <algorithm>
#include <array>

#include "kernel/abi/process.h"
#include "kernel/base/log.h"
#include "kernel/memory/kernel_space.h"

namespace memory {
namespace {

using Table = PageTable<hal::NativePageFormat>;

FrameSource table_frames(Account& account) {
    return {
        .allocate = [](void* context) { return static_cast<Account*>(context)->take(FrameUse::page_table); },
        .free = [](void* context, PhysicalAddress frame) { static_cast<Account*>(context)->give(frame); },
        .context = &account};
}

std::expected<void, Error> check_range(VirtualAddress at, std::uint64_t size) {
    // [lab 8: refuse a region]
    if (!at.is_aligned(base::page_size) || size % base::page_size != 0)
        return std::unexpected(Error::misaligned);
    if (size == 0) return std::unexpected(Error::invalid_argument);
    if (at.value < abi::lowest_address || at.value >= abi::highest_address ||
        size > abi::highest_address - at.value)
        return std::unexpected(Error::bad_address);
    return {};
    // [/lab]
}

std::expected<void, Error> check_permissions(Permissions permissions, Permissions most,
                                             const FrameSet* frames) {
    // [lab 8: refuse a region]
    if (permissions.write && permissions.execute) return std::unexpected(Error::invalid_argument);
    if ((permissions.write || permissions.execute) && !permissions.read)
        return std::unexpected(Error::invalid_argument);
    if (!most.include(permissions)) return std::unexpected(Error::not_permitted);
    if (permissions.write && frames && !frames->is_writable()) return std::unexpected(Error::not_permitted);
    return {};
    // [/lab]
}

/// Whether a window of that size lies inside of the frames.
std::expected<void, Error> check_window(const FrameSet& frames, std::uint64_t offset, std::uint64_t size) {
    if (offset % base::page_size != 0) return std::unexpected(Error::misaligned);
    const std::uint64_t whole = base::align_up(frames.size(), base::page_size);
    if (offset >= whole || size > whole - offset) return std::unexpected(Error::invalid_argument);
    return {};
}

/// What a page that is there lets a program do: its region's permissions are in it.
bool allow(PageAttributes page, Access access) {
    if (!page.user || access == Access::read) return page.user;
    return access == Access::write ? page.writable : page.executable;
}

} // namespace

std::expected<AddressSpace*, Error> AddressSpace::create(Account& account) {
    const auto regions = account.take(FrameUse::other);
    if (!regions) return std::unexpected(regions.error());
    const auto table = Table::create_user(table_frames(account), kernel_table());
    if (!table) {
        account.give(*regions);
        return std::unexpected(table.error());
    }
    auto* const space = new AddressSpace(*table, account, hal::direct<Region>(*regions));
    if (space) {
        account.retain();
        return space;
    }
    Table(*table).destroy_user();
    account.give(*regions);
    return std::unexpected(Error::out_of_memory);
}

void AddressSpace::destroy() {
    base::check(cpus_using(translations_) == 0, "memory: an address space ends while a CPU uses it");
    for (const Region& region : regions()) give_up(region);
    table_.destroy_user();
    account_.give(hal::to_physical({reinterpret_cast<std::uintptr_t>(regions_)}));
    account_.release();
    delete this;
}

std::expected<VirtualAddress, Error> AddressSpace::map(VirtualAddress at, std::uint64_t size,
                                                       Permissions permissions, FrameSet* frames,
                                                       std::uint64_t offset, Permissions most,
                                                       abi::Handle through) {
    if (at.value == 0) {
        const auto gap = find_gap(size);
        if (!gap) return gap;
        at = *gap;
    }
    if (const auto fine = check_range(at, size); !fine) return std::unexpected(fine.error());
    if (const auto fine = check_permissions(permissions, most, frames); !fine)
        return std::unexpected(fine.error());
    if (frames)
        if (const auto fine = check_window(*frames, offset, size); !fine)
            return std::unexpected(fine.error());
    if (!is_free(at, size)) return std::unexpected(Error::occupied);
    if (count_ == most_regions) return std::unexpected(Error::limit_reached);
    if (frames) frames->retain();
    insert(first_ending_after(at), {at, size, frames, offset, permissions, most, through});
    return at;
}

std::expected<void, Error> AddressSpace::unmap(VirtualAddress at, std::uint64_t size) {
    if (const auto ready = isolate(at, size); !ready) return ready;
    const std::size_t first = first_ending_after(at);
    while (first < count_ && regions_[first].start < at + size) remove(first);
    return {};
}

std::expected<void, Error> AddressSpace::protect(VirtualAddress at, std::uint64_t size,
                                                 Permissions permissions) {
    if (const auto fine = check_range(at, size); !fine) return fine;
    if (!is_covered(at, size)) return std::unexpected(Error::not_found);
    for (std::size_t i = first_ending_after(at); i < count_ && regions_[i].start < at + size; ++i)
        if (const auto fine = check_permissions(permissions, regions_[i].most, regions_[i].frames); !fine)
            return fine;
    if (const auto ready = isolate(at, size); !ready) return ready;
    for (std::size_t i = first_ending_after(at); i < count_ && regions_[i].start < at + size; ++i) {
        regions_[i].permissions = permissions;
        change_pages(regions_[i]);
    }
    return {};
}

std::expected<PhysicalAddress, Error> AddressSpace::resolve(VirtualAddress address, Access access) {
    if (const auto there = table_.lookup(address); there && allow(there->attributes, access)) {
        recent_.remember(address, there->physical, there->attributes.writable);
        return there->physical;
    }
    const Region* const region = region_for(address, access);
    if (!region) return std::unexpected(Error::bad_address);
    const VirtualAddress page = address.aligned_down(base::page_size);
    const auto frame = fill(*region, page);
    if (!frame) return frame;
    return *frame + (address - page);
}

std::expected<void, Error> AddressSpace::mend(VirtualAddress address, Access access) {
    const Region* const region = region_for(address, access);
    if (!region) return std::unexpected(Error::bad_address);
    const VirtualAddress page = address.aligned_down(base::page_size);
    if (table_.lookup(address)) {
        hal::Mmu::flush_user_page(page, translations_.asid);
        return std::unexpected(Error::occupied);
    }
    if (const auto frame = fill(*region, page); !frame) return std::unexpected(frame.error());
    return {};
}

/// The first region that does not lie wholly below `address`; count_ when all do. (Binary search.)
std::size_t AddressSpace::first_ending_after(VirtualAddress address) const {
    const auto all = regions();
    const auto first =
        std::ranges::partition_point(all, [&](const Region& region) { return region.end() <= address; });
    return static_cast<std::size_t>(first - all.begin());
}

/// The region in which an access of that kind is allowed; null where none is.
const Region* AddressSpace::region_for(VirtualAddress address, Access access) const {
    // [lab 8: answer the first touch]
    const std::size_t index = first_ending_after(address);
    if (index == count_ || !regions_[index].contains(address) || !regions_[index].permissions.allow(access))
        return nullptr;
    return &regions_[index];
    // [/lab]
}

bool AddressSpace::is_free(VirtualAddress at, std::uint64_t size) const {
    const std::size_t next = first_ending_after(at);
    return next == count_ || regions_[next].start >= at + size;
}

bool AddressSpace::is_covered(VirtualAddress at, std::uint64_t size) const {
    VirtualAddress reached = at;
    for (std::size_t i = first_ending_after(at); i < count_ && reached < at + size; ++i) {
        if (regions_[i].start > reached) return false;
        reached = regions_[i].end();
    }
    return reached >= at + size;
}

/// The first gap above the lowest addresses that has room for the region and a guard page on both sides.
std::expected<VirtualAddress, Error> AddressSpace::find_gap(std::uint64_t size) const {
    constexpr VirtualAddress lowest_gap{std::uint64_t{1} << 32}; // Below are the program and its heap.
    if (size > abi::highest_address) return std::unexpected(Error::out_of_memory);
    VirtualAddress candidate = lowest_gap;
    for (std::size_t i = first_ending_after(lowest_gap); i < count_; ++i) {
        if (regions_[i].start >= candidate && regions_[i].start - candidate >= size + base::page_size)
            return candidate;
        candidate = regions_[i].end() + base::page_size;
    }
    if (candidate.value + size > abi::highest_address) return std::unexpected(Error::out_of_memory);
    return candidate;
}

/// Cuts regions at both ends of a range, so that each lies inside or outside of it.
std::expected<void, Error> AddressSpace::isolate(VirtualAddress at, std::uint64_t size) {
    if (const auto fine = check_range(at, size); !fine) return fine;
    const std::size_t cuts = (is_inside(at) ? 1 : 0) + (is_inside(at + size) ? 1 : 0);
    if (count_ + cuts > most_regions) return std::unexpected(Error::limit_reached);
    split(at);
    split(at + size);
    return {};
}

/// Whether a region lies on both sides of `at`.
bool AddressSpace::is_inside(VirtualAddress at) const {
    const std::size_t index = first_ending_after(at);
    return index < count_ && regions_[index].start < at;
}

void AddressSpace::split(VirtualAddress at) {
    if (!is_inside(at)) return;
    const std::size_t index = first_ending_after(at);
    Region& lower = regions_[index];
    Region upper = lower;
    upper.start = at;
    upper.size = lower.end() - at;
    upper.offset += at - lower.start;
    lower.size = at - lower.start;
    if (upper.frames) upper.frames->retain();
    insert(index + 1, upper);
}

void AddressSpace::insert(std::size_t index, const Region& region) {
    std::copy_backward(regions_ + index, regions_ + count_, regions_ + count_ + 1);
    regions_[index] = region;
    ++count_;
}

void AddressSpace::erase(std::size_t index) {
    std::copy(regions_ + index + 1, regions_ + count_, regions_ + index);
    --count_;
}

void AddressSpace::remove(std::size_t index) {
    drop_pages(regions_[index]);
    if (regions_[index].frames) regions_[index].frames->release();
    erase(index);
}

} // namespace memory
