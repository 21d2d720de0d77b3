// Pages that several address spaces may map: the memory behind a Memory object.
//
//     zeroed      page 0 | page 1 | -      | page 3      frames come with the first touch of a page
//     borrowed    a range of physical memory that is the kernel's: the initrd; never written, never freed
#pragma once

#include <cstdint>
#include <expected>

#include "kernel/memory/account.h"
#include "kernel/memory/frames.h"

namespace memory {

class FrameSet {
public:
    /// Memory of `size` bytes, rounded up to pages, that reads as zero. Charged to `account`, page by page,
    /// on first touch; the account must outlive it. Counted: begins with one reference, the caller's.
    /// Error::invalid_argument for 0, Error::too_large, Error::out_of_memory.
    static std::expected<FrameSet*, Error> create(std::uint64_t size, Account& account);
    /// Read-only memory at `range`, page-aligned at its start, which must stay as it is for ever.
    static std::expected<FrameSet*, Error> borrow(PhysicalRange range);

    FrameSet(const FrameSet&) = delete;
    FrameSet& operator=(const FrameSet&) = delete;

    /// In bytes; the last page may reach beyond it.
    std::uint64_t size() const { return size_; }

    bool is_writable() const { return pages_ != nullptr; }

    std::uint64_t frames() const { return frames_; }

    /// The frame of the page at `offset`, a multiple of the page size below size(); taken and zeroed now if
    /// it has none. Error::out_of_memory, Error::limit_reached.
    std::expected<PhysicalAddress, Error> page(std::uint64_t offset);

    /// Whether somebody besides the asker refers to it.
    bool is_shared() const { return references_ > 1; }

    void retain() { ++references_; }

    /// Gives a reference up; with the last one the frames are freed, and this is gone.
    void release();

private:
    FrameSet(std::uint64_t size, PhysicalAddress start, Account* account, PhysicalAddress* pages)
        : size_(size), start_(start), account_(account), pages_(pages) {}

    ~FrameSet();

    std::uint64_t size_;
    PhysicalAddress start_; ///< Of borrowed memory.
    Account* account_;
    PhysicalAddress* pages_; ///< One for each page, 0 where there is none yet; null for borrowed memory.
    std::uint64_t frames_ = 0;
    std::uint32_t references_ = 1;
};

} // namespace memory
