// Frames for the first page tables, before there is an allocator: taken one after the other, never freed.
#pragma once

#include <expected>

#include "kernel/abi/error.h"
#include "kernel/base/address.h"

namespace memory {

/// Hands out the frames of one free range from its start on.
class EarlyFrames {
public:
    constexpr EarlyFrames() = default;

    /// `range` must be whole pages of RAM that nothing else uses.
    explicit constexpr EarlyFrames(base::PhysicalRange range) : range_(range) {}

    constexpr std::expected<base::PhysicalAddress, abi::Error> allocate() {
        if (used_ == range_.size) return std::unexpected(abi::Error::out_of_memory);
        const base::PhysicalAddress frame = range_.start + used_;
        used_ += base::page_size;
        return frame;
    }

    /// What has been handed out so far.
    constexpr base::PhysicalRange used() const { return {range_.start, used_}; }

private:
    base::PhysicalRange range_{};
    std::uint64_t used_ = 0;
};

} // namespace memory
