// The way of a block request to the device and back.
#include "driver/virtio/blk.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "kernel/base/log.h"

namespace driver::virtio::block {

// ---- The way to the device --------------------------------------------------------------------------------

Result Disk::submit(BlockRequest& request) {
    if (const auto sound = check(request); !sound) return sound;
    request.issued = 0;
    request.in_flight = 0;
    request.result = {};
    if (request.operation == BlockOperation::flush && geometry_.write_through) {
        complete(request);
        return {};
    }
    waiting_.push_back(request);
    if (!completing_) issue();
    return {};
}

Result Disk::check(const BlockRequest& request) const {
    if (failed_) return std::unexpected(Error::device_failed);
    if (request.operation == BlockOperation::flush)
        return request.sectors == 0 ? Result() : std::unexpected(Error::invalid_argument);
    if (request.operation != BlockOperation::read && geometry_.read_only)
        return std::unexpected(Error::read_only);
    if (request.operation == BlockOperation::discard && !geometry_.can_discard)
        return std::unexpected(Error::unsupported);
    return check_range(request);
}

Result Disk::check_range(const BlockRequest& request) const {
    const std::uint64_t alignment = geometry_.block_size / device::sector_size;
    const bool is_aligned = (request.sector | request.sectors) % alignment == 0;
    const bool fits = request.sectors > 0 && request.sectors <= geometry_.sectors &&
                      request.sector <= geometry_.sectors - request.sectors;
    if (!is_aligned || !fits) return std::unexpected(Error::invalid_argument);
    return {};
}

/// Hands over what waits, in its order, until there is no more room.
void Disk::issue() {
    while (BlockRequest* const request = waiting_.front()) {
        if (!issue_part(*request)) break;
        if (request->issued == request->sectors) request->unlink();
    }
    if (queue_->publish()) device_.transport().notify(request_queue);
}

bool Disk::issue_part(BlockRequest& request) {
    if (free_slots_ == 0) return false;
    const auto index = static_cast<unsigned>(std::countr_zero(free_slots_));
    const std::uint64_t sectors = next_part(request, limits_);
    if (!offer(build_chain(request, sectors, limits_, envelope(index)), index, &request)) return false;
    request.issued += sectors;
    ++request.in_flight;
    return true;
}

/// Adds a chain to the queue, in a slot that is free. False when the queue has no room for it now.
bool Disk::offer(const Chain& chain, unsigned index, BlockRequest* request) {
    Slot& slot = slots_[index];
    const auto added = queue_->add({chain.begin(), chain.size()}, &slot);
    if (!added) {
        base::check(added.error() == Error::would_block, "virtio-blk: a chain that the queue cannot take");
        return false;
    }
    slot = {request, writable_bytes(chain)};
    free_slots_ &= ~(std::uint64_t{1} << index);
    statistics_.most_in_flight = std::max(statistics_.most_in_flight, ++statistics_.in_flight);
    return true;
}

PlacedEnvelope Disk::envelope(unsigned index) const {
    return {static_cast<Envelope*>(static_cast<void*>(envelopes_.bytes().data()))[index],
            envelopes_.physical() + index * sizeof(Envelope)};
}

// ---- The way back -----------------------------------------------------------------------------------------

/// A device that needs a reset says so by a change of configuration (2.1.2).
void Disk::on_interrupt(void* self, bool queues, bool configuration) {
    Disk& disk = *static_cast<Disk*>(self);
    if (disk.failed_) return;
    if (configuration && disk.device_.needs_reset()) return disk.give_up("it asks to be reset");
    if (configuration) disk.note_resize();
    if (queues) disk.take_finished();
}

void Disk::take_finished() {
    completing_ = true;
    do {
        for (;;) {
            const auto taken = queue_->take();
            if (!taken) return give_up("it broke the rules of its queue");
            if (!*taken) break;
            finish(**taken);
        }
    } while (queue_->enable_interrupts());
    completing_ = false;
    issue();
}

void Disk::finish(const Completion& completion) {
    Slot& slot = *static_cast<Slot*>(completion.owner);
    const Envelope& answer = envelope(index_of(slot)).content;
    if (!slot.request && answer.status == Status::ok) take_serial(answer);
    end_part(slot, slot.request ? result_of(answer.status, completion.written, slot.writable) : Result());
}

void Disk::take_serial(const Envelope& envelope) {
    const auto end = std::ranges::find(envelope.serial, '\0');
    geometry_.serial = std::string_view(envelope.serial.begin(), end);
}

/// Frees the slot. The first error is the request's; what of it is not yet issued then never will be.
void Disk::end_part(Slot& slot, Result result) {
    BlockRequest* const request = std::exchange(slot.request, nullptr);
    free_slots_ |= std::uint64_t{1} << index_of(slot);
    --statistics_.in_flight;
    if (!request) return;
    --request->in_flight;
    if (!result && request->result) request->result = result;
    if (!request->result && request->is_linked()) request->unlink();
    if (request->in_flight == 0 && !request->is_linked()) complete(*request);
}

/// The request is its owner's again once this is called.
void Disk::complete(BlockRequest& request) {
    ++statistics_.completed;
    if (!request.result) ++statistics_.failed;
    request.completed(request, request.result);
}

void Disk::note_resize() {
    const auto sectors = device_.configuration<std::uint64_t>(configuration::capacity);
    if (sectors == geometry_.sectors) return;
    base::log("{}: resized from {} to {} sectors", name_, geometry_.sectors, sectors);
    geometry_.sectors = sectors;
}

/// The reset in fail() comes first: no memory goes back to its owner while the device could still write to
/// it.
void Disk::give_up(std::string_view why) {
    failed_ = true;
    device_.fail(why);
    queue_->clear(
        [](void* self, void* slot) {
            static_cast<Disk*>(self)->end_part(*static_cast<Slot*>(slot),
                                               std::unexpected(Error::device_failed));
        },
        this);
    while (BlockRequest* const request = waiting_.pop_front()) {
        request->result = std::unexpected(Error::device_failed);
        complete(*request);
    }
}

} // namespace driver::virtio::block
