// What the kernel asks of a block device, turned into what the device reads, and its answer turned back
// (virtio 1.2, 5.2.6).
//
//     header      type and first sector        the device reads it
//     data        one or more segments         read for a write and a discard, written for a read
//     status      one byte                     the device writes it last
//
// A request that exceeds the device's limits is handed over in parts, each a chain of its own.
#pragma once

#include <cstdint>
#include <expected>

#include "driver/virtio/blk_format.h"
#include "driver/virtio/queue.h"
#include "kernel/base/static_vector.h"
#include "kernel/device/block.h"

namespace driver::virtio::block {

/// What a device takes at once.
struct Limits {
    std::uint32_t block_size = device::sector_size; ///< A part is a whole number of blocks,
    std::uint64_t data_bytes = 0;                   ///< and carries at most this, at least a block;
    std::uint32_t segment_bytes = 0;                ///< a segment of it is not longer than this.
    std::uint64_t discard_sectors = 0;              ///< The same for a discard: whole blocks, at least one.
};

/// The longest chain that is ever built: header, data segments, status.
inline constexpr std::size_t most_segments = 8;
using Chain = base::StaticVector<Buffer, most_segments + 2>;

/// An envelope, and where the device finds it.
struct PlacedEnvelope {
    Envelope& content;
    PhysicalAddress address{};
};

/// How many sectors the next part of `request` carries, of those that are not issued yet; 0 for a flush.
std::uint64_t next_part(const device::BlockRequest& request, const Limits& limits);

/// Fills the envelope for the part of `request` that starts behind what was issued, and lists the buffers to
/// offer.
Chain build_chain(const device::BlockRequest& request, std::uint64_t sectors, const Limits& limits,
                  PlacedEnvelope envelope);

/// The chain that asks for the device's serial number, which then lies in the envelope.
Chain build_identify(PlacedEnvelope envelope);

/// How many bytes the device writes into that chain: data and status.
std::uint32_t writable_bytes(const Chain& chain);

/// What a finished chain means for whoever asked, when the device wrote `written` of `writable` bytes.
/// Error::io, Error::unsupported.
std::expected<void, Error> result_of(Status status, std::uint32_t written, std::uint32_t writable);

} // namespace driver::virtio::block
