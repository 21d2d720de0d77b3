// Memory objects' frames: taken page by page on first touch, or borrowed from the initrd.
#include "kernel/memory/frame_set.h"

namespace memory {
namespace {

constexpr std::uint64_t largest = std::uint64_t{1} << 36;

std::uint64_t pages_of(std::uint64_t size) {
    return base::align_up(size, base::page_size) >> base::page_shift;
}

} // namespace

std::expected<FrameSet*, Error> FrameSet::create(std::uint64_t size, Account& account) {
    if (size == 0) return std::unexpected(Error::invalid_argument);
    if (size > largest) return std::unexpected(Error::too_large);
    if (pages_of(size) > account.limit()) return std::unexpected(Error::limit_reached);
    auto* const pages = new PhysicalAddress[pages_of(size)]{};
    if (!pages) return std::unexpected(Error::out_of_memory);
    auto* const set = new FrameSet(size, {}, &account, pages);
    if (set) {
        account.retain();
        return set;
    }
    delete[] pages;
    return std::unexpected(Error::out_of_memory);
}

std::expected<FrameSet*, Error> FrameSet::borrow(PhysicalRange range) {
    if (!range.start.is_aligned(base::page_size)) return std::unexpected(Error::misaligned);
    if (range.is_empty()) return std::unexpected(Error::invalid_argument);
    auto* const set = new FrameSet(range.size, range.start, nullptr, nullptr);
    if (!set) return std::unexpected(Error::out_of_memory);
    return set;
}

std::expected<PhysicalAddress, Error> FrameSet::page(std::uint64_t offset) {
    if (!pages_) return start_ + offset;
    PhysicalAddress& page = pages_[offset >> base::page_shift];
    if (page.value != 0) return page;
    const auto frame = account_->take_zeroed(FrameUse::other);
    if (!frame) return frame;
    ++frames_;
    return page = *frame;
}

void FrameSet::release() {
    if (--references_ == 0) delete this;
}

FrameSet::~FrameSet() {
    for (std::uint64_t i = 0; pages_ && i < pages_of(size_); ++i)
        if (pages_[i].value != 0) account_->give(pages_[i]);
    delete[] pages_;
    if (account_) account_->release();
}

} // namespace memory
