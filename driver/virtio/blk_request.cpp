// Building the chains of a block device's requests, and reading its answers.
#include "driver/virtio/blk_request.h"

#include <algorithm>
#include <cstddef>

namespace driver::virtio::block {
namespace {

using device::BlockOperation;

constexpr RequestType type_of(BlockOperation operation) {
    switch (operation) {
    case BlockOperation::read: return RequestType::in;
    case BlockOperation::write: return RequestType::out;
    case BlockOperation::flush: return RequestType::flush;
    case BlockOperation::discard: return RequestType::discard;
    }
    return RequestType::flush;
}

constexpr bool moves_data(BlockOperation operation) {
    return operation == BlockOperation::read || operation == BlockOperation::write;
}

Buffer header_of(const PlacedEnvelope& envelope) {
    return {envelope.address + offsetof(Envelope, header), sizeof(Header), false};
}

Buffer status_of(const PlacedEnvelope& envelope) {
    return {envelope.address + offsetof(Envelope, status), sizeof(Status), true};
}

/// The data, in segments that the device can take.
void append_data(Chain& chain, PhysicalAddress memory, std::uint64_t bytes, const Limits& limits,
                 bool device_writes) {
    while (bytes > 0) {
        const auto length = static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, limits.segment_bytes));
        chain.push_back({memory, length, device_writes});
        memory += length;
        bytes -= length;
    }
}

} // namespace

std::uint64_t next_part(const device::BlockRequest& request, const Limits& limits) {
    const std::uint64_t left = request.sectors - request.issued;
    if (left <= limits.block_size / device::sector_size) return left; // A block fits always.
    // [lab 6: split to the limits]
    if (request.operation == BlockOperation::discard) return std::min(left, limits.discard_sectors);
    return std::min(left, limits.data_bytes / device::sector_size);
    // [/lab]
}

Chain build_chain(const device::BlockRequest& request, std::uint64_t sectors, const Limits& limits,
                  PlacedEnvelope envelope) {
    // [lab 6: build the request chain]
    const BlockOperation operation = request.operation;
    const std::uint64_t first = request.sector + request.issued;
    envelope.content.header = {type_of(operation), 0, moves_data(operation) ? first : 0};
    envelope.content.status = Status::unwritten;
    Chain chain;
    chain.push_back(header_of(envelope));
    if (moves_data(operation))
        append_data(chain, request.memory + request.issued * device::sector_size,
                    sectors * device::sector_size, limits, operation == BlockOperation::read);
    if (operation == BlockOperation::discard) {
        envelope.content.discard = {first, static_cast<std::uint32_t>(sectors), 0};
        chain.push_back({envelope.address + offsetof(Envelope, discard), sizeof(DiscardSegment), false});
    }
    chain.push_back(status_of(envelope));
    return chain;
    // [/lab]
}

Chain build_identify(PlacedEnvelope envelope) {
    envelope.content.header = {RequestType::get_id, 0, 0};
    envelope.content.status = Status::unwritten;
    Chain chain;
    chain.push_back(header_of(envelope));
    chain.push_back({envelope.address + offsetof(Envelope, serial), sizeof(Envelope::serial), true});
    chain.push_back(status_of(envelope));
    return chain;
}

std::uint32_t writable_bytes(const Chain& chain) {
    std::uint32_t bytes = 0;
    for (const Buffer& buffer : chain)
        if (buffer.device_writes) bytes += buffer.length;
    return bytes;
}

std::expected<void, Error> result_of(Status status, std::uint32_t written, std::uint32_t writable) {
    // [lab 6: judge the answer]
    if (status == Status::unsupported) return std::unexpected(Error::unsupported);
    if (status != Status::ok) return std::unexpected(Error::io);
    // The device says that it succeeded, yet left part of the memory as it was: that is no data to trust.
    if (written != writable) return std::unexpected(Error::io);
    return {};
    // [/lab]
}

} // namespace driver::virtio::block
