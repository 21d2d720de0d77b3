// Bringing a block device up: what it is, what it takes at once, and its serial number.
#include <algorithm>
#include <utility>

#include "driver/virtio/blk.h"

namespace driver::virtio {
namespace block {
namespace {

constexpr std::uint32_t largest_block = 64 * 1024;
/// What one part carries where the device itself names no limit: enough to keep it busy.
constexpr std::uint32_t largest_part = 1024 * 1024;

std::size_t known_devices() {
    std::size_t count = 0;
    while (device::block_device(count)) ++count;
    return count;
}

} // namespace

Result Disk::bring_up() {
    constexpr std::uint64_t wanted = feature::size_max | feature::seg_max | feature::read_only |
                                     feature::block_size | feature::flush | feature::discard;
    name_ = base::Text<8>::of("blk{}", known_devices());
    if (const auto agreed = device_.negotiate(wanted); !agreed) return agreed;
    if (const auto understood = read_configuration(); !understood) return understood;
    auto memory = device::DmaMemory::allocate(slot_count * sizeof(Envelope));
    if (!memory) return give_up_early("there is no memory for its requests", memory.error());
    envelopes_ = std::move(*memory);
    auto queue = device_.create_queue(request_queue);
    if (!queue) return std::unexpected(queue.error());
    queue_ = std::move(*queue);
    if (const auto derived = derive_limits(); !derived) return derived;
    if (const auto known = device::register_block_device(*this); !known)
        return give_up_early("the table of block devices is full", known.error());
    if (const auto started = device_.start({on_interrupt, this}); !started) {
        failed_ = true;
        return started;
    }
    note_resize(); // Before DRIVER_OK nobody was told of one.
    device_.note("virtio-blk", description());
    identify();
    return {};
}

Result Disk::give_up_early(std::string_view why, Error error) {
    failed_ = true;
    device_.fail(why);
    return std::unexpected(error);
}

/// Capacity and block size; a block size that is no power of two, or has no whole sectors, cannot be meant.
Result Disk::read_configuration() {
    namespace offset = configuration;
    geometry_.sectors = device_.configuration<std::uint64_t>(offset::capacity);
    if (device_.has(feature::block_size))
        geometry_.block_size = device_.configuration<std::uint32_t>(offset::block_size);
    geometry_.read_only = device_.has(feature::read_only);
    geometry_.write_through = !device_.has(feature::flush);
    geometry_.can_discard = device_.has(feature::discard);
    const std::uint32_t size = geometry_.block_size;
    const bool is_power_of_two = (size & (size - 1)) == 0;
    if (is_power_of_two && size >= device::sector_size && size <= largest_block) return {};
    return give_up_early(base::Text<80>::of("its blocks of {} bytes make no sense", size),
                         Error::unsupported);
}

/// What the device takes at once, fitted to our chains and to its queue. Too small for a block: unsupported.
Result Disk::derive_limits() {
    namespace offset = configuration;
    const auto offered = [&](std::uint64_t feature, std::uint32_t where, std::uint32_t otherwise) {
        return device_.has(feature) ? device_.configuration<std::uint32_t>(where) : otherwise;
    };
    const auto round_down = [&](std::uint64_t bytes) {
        return base::align_down(bytes, geometry_.block_size);
    };
    const std::uint64_t room = queue_->size() > 2 ? queue_->size() - 2 : 0;
    const std::uint64_t segments = std::min<std::uint64_t>(
        {offered(feature::seg_max, offset::seg_max, most_segments), most_segments, room});
    limits_.segment_bytes =
        std::min(offered(feature::size_max, offset::size_max, largest_part), largest_part);
    limits_.data_bytes = round_down(std::min<std::uint64_t>(segments * limits_.segment_bytes, largest_part));
    limits_.discard_sectors =
        round_down(std::uint64_t{offered(feature::discard, offset::max_discard_sectors, 0)} *
                   device::sector_size) /
        device::sector_size;
    geometry_.can_discard = limits_.discard_sectors > 0;
    if (limits_.data_bytes > 0) return {};
    return give_up_early(
        base::Text<80>::of("it does not take a block of {} bytes at once", geometry_.block_size),
        Error::unsupported);
}

/// Asks for the serial number. Nothing waits for it: it is there once somebody looks.
void Disk::identify() {
    if (offer(build_identify(envelope(0)), 0, nullptr) && queue_->publish())
        device_.transport().notify(request_queue);
}

/// Size and what was negotiated, for people.
base::Text<80> Disk::description() const {
    auto text = base::Text<80>::of("{}: {} MiB", name_, geometry_.sectors >> 11);
    if (geometry_.block_size != device::sector_size)
        base::format(text.sink(), " in blocks of {} bytes", geometry_.block_size);
    if (geometry_.read_only) text.append(", read-only");
    text.append(geometry_.write_through ? ", write-through" : ", flush");
    if (geometry_.can_discard) text.append(", discard");
    return text;
}

} // namespace block

std::expected<void, Error> attach_block(Transport& transport) {
    // Never freed, even if it cannot be brought up: the transport may know it by then.
    auto* const disk = new block::Disk(transport);
    if (!disk) return std::unexpected(Error::out_of_memory);
    return disk->bring_up();
}

} // namespace driver::virtio
