// Block devices, as the kernel sees them: requests go in, completions come back later, many at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

#include "kernel/abi/error.h"
#include "kernel/base/address.h"
#include "kernel/base/list.h"
#include "kernel/base/text.h"

namespace device {

inline constexpr std::uint32_t sector_size =
    512; ///< What addresses and capacities count, whatever the device's block size.

struct BlockGeometry {
    std::uint64_t sectors = 0;
    std::uint32_t block_size = sector_size; ///< Requests must be aligned to it.
    bool read_only = false;
    bool write_through = false; ///< No cache to flush: what is completed is durable.
    bool can_discard = false;
    base::Text<20> serial; ///< Empty until the device has told it, soon after boot, or when it has none.
};

/// What a device has done since boot.
struct BlockStatistics {
    std::uint64_t completed = 0; ///< Requests, failed ones included.
    std::uint64_t failed = 0;
    std::uint32_t in_flight = 0; ///< What the device works on now; a large request counts once for each part.
    std::uint32_t most_in_flight = 0;
};

enum class BlockOperation : std::uint8_t { read, write, flush, discard };

constexpr std::string_view name(BlockOperation operation) {
    switch (operation) {
    case BlockOperation::read: return "read";
    case BlockOperation::write: return "write";
    case BlockOperation::flush: return "flush";
    case BlockOperation::discard: return "discard";
    }
    return "?";
}

/// One request. Owned by its submitter; must stay where it is until it has completed. The driver splits what
/// is too large for its device.
struct BlockRequest : base::ListNode<> {
    using Completed = void (*)(BlockRequest& request, std::expected<void, abi::Error> result);

    BlockOperation operation = BlockOperation::read;
    std::uint64_t sector = 0;
    std::uint64_t sectors = 0; ///< 0 for a flush.
    base::PhysicalAddress
        memory{}; ///< Physically contiguous, of sectors * sector_size bytes; unused for flush and discard.
    Completed completed =
        nullptr; ///< Called once, with interrupts masked; may submit requests, this one too.
    void* context = nullptr;

    // The driver's own while the request is under way.
    std::uint64_t issued = 0;    ///< Sectors that were handed to the device.
    std::uint32_t in_flight = 0; ///< Parts that the device has not answered yet.
    std::expected<void, abi::Error> result{};
};

class BlockDevice {
public:
    virtual std::string_view name() const = 0; ///< "blk0"
    /// As of now: the capacity changes when the device is resized.
    virtual BlockGeometry geometry() const = 0;
    virtual BlockStatistics statistics() const = 0;
    /// Starts a request; it waits in line while the device has no room. Interrupts must be masked. Refused at
    /// once, and not completed: Error::invalid_argument (beyond the end, not aligned, empty, a flush of
    /// sectors), Error::read_only, Error::unsupported (discard where it is not offered), Error::device_failed
    /// (the device was given up). Completed, from the device's interrupt, with: Error::io,
    /// Error::unsupported, Error::device_failed. A flush covers the writes that were completed before it was
    /// submitted; where there is no cache to flush it completes before submit returns.
    virtual std::expected<void, abi::Error> submit(BlockRequest& request) = 0;

protected:
    ~BlockDevice() = default;
};

/// Makes a device known; it must last for ever. Error::out_of_memory when the table is full.
std::expected<void, abi::Error> register_block_device(BlockDevice& device);
/// The `index`-th block device, or null.
BlockDevice* block_device(std::size_t index);

} // namespace device
