// An account of frames: how many somebody has taken, and how many he may. It lives as long as something is
// charged to it.
#pragma once

#include <cstdint>
#include <expected>

#include "kernel/memory/frames.h"

namespace memory {

class Account {
public:
    /// With one reference, the caller's. Error::out_of_memory.
    static std::expected<Account*, Error> create(std::uint64_t limit);

    Account(const Account&) = delete;
    Account& operator=(const Account&) = delete;

    /// One frame, with whatever it holds. Error::limit_reached, Error::out_of_memory.
    std::expected<PhysicalAddress, Error> take(FrameUse use);
    /// One zeroed frame; errors as above.
    std::expected<PhysicalAddress, Error> take_zeroed(FrameUse use);
    /// Gives back a frame that take() gave.
    void give(PhysicalAddress frame);

    void retain() { ++references_; }

    /// Gives a reference up; with the last one this is gone.
    void release();

    std::uint64_t frames() const { return frames_; }

    std::uint64_t limit() const { return limit_; }

private:
    explicit Account(std::uint64_t limit) : limit_(limit) {}

    std::uint64_t frames_ = 0;
    std::uint64_t limit_;
    std::uint32_t references_ = 1;
};

} // namespace memory
