// A block request with memory of its own, for commands that wait for it and may lose patience.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>

#include "kernel/device/block.h"
#include "kernel/device/dma.h"

namespace monitor {

class BlockJob {
public:
    /// Lets go of a job: its memory is freed now, or once the device is done with it.
    struct LetGo {
        void operator()(BlockJob* job) const;
    };

    using Owner = std::unique_ptr<BlockJob, LetGo>;
    using Result = std::expected<void, abi::Error>;

    /// A job for up to `bytes` of data; null when there is no memory.
    static Owner create(std::size_t bytes);

    /// Starts an operation; the one before must be done. One that is refused is done at once, with its error.
    void start(device::BlockDevice& device, device::BlockOperation operation, std::uint64_t sector,
               std::uint64_t sectors);

    bool is_done() const { return state_ == State::done; }

    Result result() const { return result_; }

    /// What was read, or is to be written. Not to be touched until the job is done.
    std::span<std::byte> data() const { return memory_.bytes(); }

    const device::BlockRequest& request() const { return request_; }

private:
    enum class State { done, under_way, let_go };

    static void on_completed(device::BlockRequest& request, Result result);

    device::BlockRequest request_;
    device::DmaMemory memory_;
    State state_ = State::done;
    Result result_{};
};

/// Waits until the job is done; false when Ctrl-C came first.
bool wait_for(const BlockJob& job);

} // namespace monitor
