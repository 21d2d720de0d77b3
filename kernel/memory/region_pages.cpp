// The pages of an address space's regions: putting them in place, changing them, taking them away.
#include <array>

#include "kernel/base/log.h"
#include "kernel/memory/address_space.h"

namespace memory {
namespace {

PageAttributes attributes_of(Permissions permissions) {
    return {.writable = permissions.write, .executable = permissions.execute, .user = permissions.read};
}

std::uint64_t page_count(std::uint64_t size) { return size >> base::page_shift; }

} // namespace

/// A batch of pages that lie side by side: no more than fit into a step.
struct AddressSpace::Batch {
    static constexpr std::size_t most = 32;
    std::size_t count = 0;
    VirtualAddress start{};
    std::array<PhysicalAddress, most> frames; ///< So many as count says.

    explicit Batch(VirtualAddress at) : start(at) {}

    std::uint64_t size() const { return count * base::page_size; }
};

/// The next pages of a region that are there, from `at` on; none when there are no more.
AddressSpace::Batch AddressSpace::next_batch(const Region& region, VirtualAddress at) const {
    Batch batch(at);
    while (batch.start < region.end()) {
        const std::uint64_t left = region.end() - batch.start;
        const Run run = table_.first_run(batch.start, std::min(left, Batch::most * base::page_size));
        if (run.mapped) {
            while (batch.size() < run.size) {
                const VirtualAddress page = batch.start + batch.size();
                batch.frames[batch.count++] = table_.lookup(page)->physical;
            }
            return batch;
        }
        batch.start += table_.first_run(batch.start, left).size;
    }
    return batch;
}

/// Unmaps a region's pages on all CPUs, and only then frees those that were the space's own.
void AddressSpace::drop_pages(const Region& region) {
    // [lab 8: take pages away]
    for (Batch batch = next_batch(region, region.start); batch.count > 0;
         batch = next_batch(region, batch.start + batch.size())) {
        base::check(table_.unmap(batch.start, batch.size()).has_value(), "memory: mapped pages are gone");
        recent_.forget();
        forget_translations(translations_, batch.start, batch.count);
        for (std::size_t i = 0; !region.frames && i < batch.count; ++i) account_.give(batch.frames[i]);
    }
    // [/lab]
}

/// Frees what a region holds of a space that nobody uses any more: its tables go as a whole.
void AddressSpace::give_up(const Region& region) {
    if (region.frames) return region.frames->release();
    for (Batch batch = next_batch(region, region.start); batch.count > 0;
         batch = next_batch(region, batch.start + batch.size()))
        for (std::size_t i = 0; i < batch.count; ++i) account_.give(batch.frames[i]);
}

/// Gives the pages that are there the region's permissions; without any, they wait unmapped for some.
void AddressSpace::change_pages(const Region& region) {
    // [lab 8: take pages away]
    for (VirtualAddress at = region.start; at < region.end();) {
        const Run run = table_.first_run(at, region.end() - at);
        if (run.mapped)
            base::check(table_.protect(at, run.size, attributes_of(region.permissions)).has_value(),
                        "memory: a mapped page is not there");
        at += run.size;
    }
    recent_.forget();
    forget_translations(translations_, region.start, page_count(region.size));
    // [/lab]
}

/// Puts the page in place that a first touch finds missing.
std::expected<PhysicalAddress, Error> AddressSpace::fill(const Region& region, VirtualAddress page) {
    // [lab 8: answer the first touch]
    const auto frame = region.frames ? region.frames->page(region.offset + (page - region.start))
                                     : account_.take_zeroed(FrameUse::other);
    if (!frame) return frame;
    const auto mapped = table_.map_page(page, *frame, attributes_of(region.permissions));
    if (mapped) return frame;
    if (!region.frames) account_.give(*frame);
    return std::unexpected(mapped.error());
    // [/lab]
}

} // namespace memory
