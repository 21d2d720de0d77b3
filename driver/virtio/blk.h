// The block device's driver: a state machine that submit() and the device's interrupt move on.
//
//     submit ──> waiting, in order ──issue──> parts in slots, with the device ──interrupt──> completed
//
// A request waits until there is a slot and room in the queue for its next part; it is completed when all of
// its parts are answered. A slot is 64 bytes of memory in the device's reach: nothing is allocated on the
// way.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "driver/virtio/blk_request.h"
#include "driver/virtio/device.h"
#include "kernel/base/list.h"
#include "kernel/device/block.h"
#include "kernel/device/dma.h"

namespace driver::virtio::block {

using device::BlockOperation;
using device::BlockRequest;
using Result = std::expected<void, Error>;

inline constexpr std::uint16_t request_queue = 0;

class Disk final : public device::BlockDevice {
public:
    explicit Disk(Transport& transport) : device_(transport) {}

    /// Makes the device work and known to the kernel. Once.
    Result bring_up();

    std::string_view name() const override { return name_; }

    device::BlockGeometry geometry() const override { return geometry_; }

    device::BlockStatistics statistics() const override { return statistics_; }

    Result submit(BlockRequest& request) override;

private:
    static constexpr std::size_t slot_count = 64;

    /// A part that the device works on; no request is behind the one that asks for the serial number.
    struct Slot {
        BlockRequest* request = nullptr;
        std::uint32_t writable = 0;
    };

    Result read_configuration();
    Result derive_limits();
    Result give_up_early(std::string_view why, Error error);
    base::Text<80> description() const;
    void identify();

    Result check(const BlockRequest& request) const;
    Result check_range(const BlockRequest& request) const;
    void issue();
    bool issue_part(BlockRequest& request);
    bool offer(const Chain& chain, unsigned index, BlockRequest* request);
    PlacedEnvelope envelope(unsigned index) const;

    unsigned index_of(const Slot& slot) const { return static_cast<unsigned>(&slot - slots_.data()); }

    static void on_interrupt(void* self, bool queues, bool configuration);
    void take_finished();
    void finish(const Completion& completion);
    void take_serial(const Envelope& envelope);
    void end_part(Slot& slot, Result result);
    void complete(BlockRequest& request);
    void note_resize();
    void give_up(std::string_view why);

    Device device_;
    std::optional<Queue> queue_;
    device::DmaMemory envelopes_;
    std::array<Slot, slot_count> slots_{};
    std::uint64_t free_slots_ = ~std::uint64_t{0}; ///< A bit for each.
    base::List<BlockRequest> waiting_;             ///< The first may be issued in part.
    bool completing_ = false; ///< What callbacks submit is issued after them, all at once.
    bool failed_ = false;

    base::Text<8> name_;
    device::BlockGeometry geometry_;
    Limits limits_;
    device::BlockStatistics statistics_;
};

} // namespace driver::virtio::block
