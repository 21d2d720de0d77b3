// Executes requests on an array of sectors, and checks that they are as the device may demand.
#include "test/host/fake_disk.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

using driver::virtio::Buffer;

namespace fake {
namespace {

enum Type : std::uint32_t { in = 0, out = 1, flush = 4, get_id = 8, discard = 11 };

template <class T>
T load(base::PhysicalAddress address) {
    T value;
    std::memcpy(&value, hal::direct<void>(address), sizeof(T));
    return value;
}

} // namespace

std::uint64_t Disk::Request::bytes() const {
    std::uint64_t total = 0;
    for (const Buffer& buffer : data) total += buffer.length;
    return total;
}

Disk::Disk(const Setup& setup) : storage(setup.sectors * 512), setup(setup) {}

void Disk::set_status(std::uint8_t status) {
    status_ = status;
    const bool starts = (status & driver::virtio::status::driver_ok) != 0;
    if (starts && sectors_at_start) setup.sectors = *sectors_at_start;
}

std::expected<void, abi::Error> Disk::reset() {
    ++resets;
    status_ = 0;
    ring_.reset();
    return {};
}

std::uint32_t Disk::read_configuration(std::uint32_t offset, unsigned bytes) const {
    std::array<std::uint32_t, 16> fields{};
    fields[0] = static_cast<std::uint32_t>(setup.sectors);
    fields[1] = static_cast<std::uint32_t>(setup.sectors >> 32);
    fields[2] = setup.size_max;
    fields[3] = setup.seg_max;
    fields[5] = setup.block_size;
    fields[9] = setup.max_discard_sectors;
    REQUIRE(bytes == 4);
    return fields.at(offset / 4);
}

std::expected<void, abi::Error> Disk::enable_queue(std::uint16_t, const driver::virtio::QueueLayout& layout) {
    ring_.emplace(layout, driver::virtio::Queue::Options{(accepted_ & feature(indirect_bit)) != 0,
                                                         (accepted_ & feature(event_index_bit)) != 0});
    return {};
}

void Disk::notify(std::uint16_t) {
    REQUIRE((status_ & driver::virtio::status::driver_ok) != 0);
    ++notifications;
    do ring_->fetch();
    while (ring_->ask_for_notification());
}

std::expected<void, abi::Error> Disk::listen(driver::virtio::Listener listener) {
    listener_ = listener;
    return {};
}

void Disk::interrupt(bool queues, bool configuration) const {
    listener_.on_interrupt(listener_.context, queues, configuration);
}

Disk::Request Disk::request(std::size_t index) {
    const std::vector<Buffer>& buffers = ring_->chains().at(index).buffers;
    REQUIRE(buffers.size() >= 2);
    REQUIRE(buffers.front().length == 16);
    REQUIRE_FALSE(buffers.front().device_writes);
    REQUIRE(buffers.back().length == 1);
    REQUIRE(buffers.back().device_writes);
    Request request{load<std::uint32_t>(buffers.front().address),
                    load<std::uint64_t>(buffers.front().address + 8),
                    {buffers.begin() + 1, buffers.end() - 1}};
    for (const Buffer& buffer : request.data) {
        REQUIRE((setup.size_max == 0 || buffer.length <= setup.size_max));
        REQUIRE(buffer.device_writes == (request.type == in || request.type == get_id));
    }
    REQUIRE((setup.seg_max == 0 || request.data.size() <= setup.seg_max));
    return request;
}

void Disk::execute(const Request& request) {
    std::uint64_t offset = request.sector * 512;
    if (request.type == in || request.type == out) {
        REQUIRE(offset % setup.block_size == 0);
        REQUIRE(request.bytes() % setup.block_size == 0);
        REQUIRE(request.bytes() > 0);
        REQUIRE(offset + request.bytes() <= storage.size());
    }
    for (const Buffer& buffer : request.data) {
        auto* const memory = hal::direct<std::byte>(buffer.address);
        if (request.type == in) std::memcpy(memory, &storage[offset], buffer.length);
        if (request.type == out) std::memcpy(&storage[offset], memory, buffer.length);
        if (request.type == get_id)
            std::strncpy(hal::direct<char>(buffer.address), serial.c_str(), buffer.length);
        offset += buffer.length;
    }
    if (request.type != discard) return;
    const auto first = load<std::uint64_t>(request.data.at(0).address);
    const auto count = load<std::uint32_t>(request.data[0].address + 8);
    REQUIRE(load<std::uint32_t>(request.data[0].address + 12) == 0);
    REQUIRE(count > 0);
    REQUIRE(count <= setup.max_discard_sectors);
    REQUIRE((first + count) * 512 <= storage.size());
    std::fill_n(storage.begin() + static_cast<std::ptrdiff_t>(first * 512), count * 512, std::byte{0});
}

void Disk::answer(std::size_t index, std::uint8_t status) {
    const Chain& chain = ring_->chains().at(index);
    if (status == 0) execute(request(index));
    *hal::direct<std::uint8_t>(chain.buffers.back().address) = status;
    finish(index, chain.writable());
}

void Disk::answer_silently(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const Chain& chain = ring_->chains().at(0);
        execute(request(0));
        *hal::direct<std::uint8_t>(chain.buffers.back().address) = 0;
        ring_->complete(0, chain.writable());
    }
}

void Disk::answer_with_length(std::size_t index, std::uint32_t written) {
    *hal::direct<std::uint8_t>(ring_->chains().at(index).buffers.back().address) = 0;
    finish(index, written);
}

void Disk::finish(std::size_t index, std::uint32_t written) {
    if (ring_->complete(index, written)) interrupt(true, false);
}

void Disk::answer_all() {
    while (waiting() > 0) answer(0);
}

void Disk::change_capacity(std::uint64_t sectors) {
    setup.sectors = sectors;
    storage.resize(sectors * 512);
    ++generation_;
    interrupt(false, true);
}

void Disk::ask_for_reset() {
    status_ |= driver::virtio::status::needs_reset;
    interrupt(false, true);
}

} // namespace fake
