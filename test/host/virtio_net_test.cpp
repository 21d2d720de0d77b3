// The network card's driver, with a card that keeps the rules, one that is full, and some that lie.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "driver/virtio/net.h"
#include "test/host/fake_ring.h"
#include "test/host/fake_transport.h"

namespace {

using abi::Error;
namespace status = driver::virtio::status;

using Bytes = std::vector<std::byte>;

constexpr std::uint16_t receive_queue = 0, transmit_queue = 1;
constexpr std::uint64_t own_mac = 1u << 5, mergeable = 1u << 15, link_status = 1u << 16;
constexpr std::size_t header_size = 12, mergeable_size = 512;

Bytes pattern(std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(1 + i * 7 + i / 256);
    return bytes;
}

std::uint16_t buffers_for(std::size_t frame_size) {
    return static_cast<std::uint16_t>((header_size + frame_size + mergeable_size - 1) / mergeable_size);
}

/// A machine with memory and what a network card looks like to its driver.
class CardMachine {
public:
    explicit CardMachine(std::uint64_t features) {
        fake::reset();
        hal::BootInfo info;
        info.memory.push_back(ram_.range());
        info.early_window = ram_.range();
        memory::initialize(info);
        transport.type = 1;
        transport.offered |= features;
        transport.queue_sizes = {{receive_queue, 256}, {transmit_queue, 256}};
        transport.configuration = {0x52, 0x54, 0, 0x12, 0x34, 0x56, 1, 0};
    }

    fake::Ring ring(std::uint16_t queue) { return {transport.queues.at(queue), {}}; }

    fake::Transport transport;

private:
    fake::Ram ram_{{0x8000'0000}, 16 << 20};
};

/// The receive queue alone, between a driver and a card.
class Receiver : public CardMachine {
public:
    explicit Receiver(std::uint64_t features) : CardMachine(features) {
        REQUIRE(device_.negotiate(features).has_value());
        REQUIRE(queue_.bring_up().has_value());
        REQUIRE(device_.start({[](void*, bool, bool) {}, nullptr}).has_value());
        queue_.start();
        ring_ = std::make_unique<fake::Ring>(ring(receive_queue));
        ring_->fetch();
    }

    /// How many buffers the card has.
    std::size_t offered() const { return ring_->chains().size(); }

    /// The card fills its next buffer with these bytes, and says that it wrote so many.
    void fill(const Bytes& bytes, std::size_t said) {
        const auto& buffer = ring_->chains().at(0).buffers.at(0);
        REQUIRE(bytes.size() <= buffer.length);
        std::ranges::copy(bytes, hal::direct<std::byte>(buffer.address));
        ring_->complete(0, static_cast<std::uint32_t>(said));
    }

    /// Puts a frame into as many buffers as it takes, and says that they are `said`.
    void put(const Bytes& frame, std::uint16_t said) {
        Bytes rest(header_size);
        rest[10] = static_cast<std::byte>(said & 0xff);
        rest[11] = static_cast<std::byte>(said >> 8);
        rest.insert(rest.end(), frame.begin(), frame.end());
        while (!rest.empty()) {
            const std::size_t size =
                std::min<std::size_t>(rest.size(), ring_->chains().at(0).buffers.at(0).length);
            fill(Bytes(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size)), size);
            rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size));
        }
    }

    /// What the driver says of the card when it has looked at what came; empty when all is well.
    std::string serve() {
        const auto receive = [](void* self, std::span<const std::byte> frame) {
            static_cast<Receiver*>(self)->frames.emplace_back(frame.begin(), frame.end());
        };
        const auto served = queue_.serve({receive, this}, statistics);
        if (!served) return std::string(served.error());
        ring_->fetch();
        return {};
    }

    std::vector<Bytes> frames; ///< Handed to the kernel.
    device::NetStatistics statistics;

private:
    driver::virtio::Device device_{transport};
    driver::virtio::network::ReceiveQueue queue_{device_};
    std::unique_ptr<fake::Ring> ring_;
};

/// A card that a driver has taken, and keeps for ever.
class AttachedCard : public CardMachine {
public:
    explicit AttachedCard(std::uint64_t features) : CardMachine(features) {
        while (device::net_device(number_)) ++number_;
        REQUIRE(driver::virtio::attach_net(transport).has_value());
    }

    device::NetDevice& card() const { return *device::net_device(number_); }

private:
    std::size_t number_ = 0;
};

/// What waits to be sent, header and all: the card only reads it.
std::vector<Bytes> waiting(fake::Ring& ring) {
    ring.fetch();
    std::vector<Bytes> all;
    for (const fake::Chain& chain : ring.chains()) {
        CHECK(chain.writable() == 0);
        Bytes& one = all.emplace_back();
        for (const auto& buffer : chain.buffers) {
            const auto* bytes = hal::direct<std::byte>(buffer.address);
            one.insert(one.end(), bytes, bytes + buffer.length);
        }
    }
    return all;
}

} // namespace

TEST_CASE("virtio-net: frames of each length arrive whole, merged or in one buffer") {
    for (const std::uint64_t features : {mergeable, std::uint64_t{0}}) {
        Receiver receiver(features);
        const std::size_t all = receiver.offered();
        for (const std::size_t size : {14, 60, 499, 500, 501, 512, 1011, 1012, 1013, 1513, 1514}) {
            receiver.put(pattern(size), features ? buffers_for(size) : std::uint16_t{0});
            CHECK(receiver.serve().empty());
            CHECK(receiver.frames.back() == pattern(size));
            CHECK(receiver.offered() == all);
        }
        CHECK(receiver.statistics.received == receiver.frames.size());
        CHECK(receiver.statistics.receive_dropped == 0);
    }
}

TEST_CASE("virtio-net: what is too short or too long is counted, and the buffers come back") {
    Receiver receiver(mergeable);
    const std::size_t all = receiver.offered();
    std::uint64_t count = 0;
    for (const std::size_t size : {0, 1, 13, 1515, 1600, 5000, 65'535}) {
        receiver.put(pattern(size), buffers_for(size));
        CHECK(receiver.serve().empty());
        CHECK(receiver.offered() == all);
        CHECK(receiver.statistics.receive_dropped == ++count);
    }
    CHECK(receiver.frames.empty());
    CHECK(receiver.statistics.received == 0);
}

TEST_CASE("virtio-net: when all buffers are full, none is lost") {
    Receiver receiver(mergeable);
    const std::size_t all = receiver.offered();
    for (std::size_t i = 0; i < all; ++i) receiver.put(pattern(60 + i), 1);
    CHECK(receiver.offered() == 0);
    receiver.transport.events.clear();
    CHECK(receiver.serve().empty());
    CHECK(receiver.transport.events == std::vector<std::string>{"notify 0"});
    REQUIRE(receiver.frames.size() == all);
    for (std::size_t i = 0; i < all; ++i) CHECK(receiver.frames[i] == pattern(60 + i));
    CHECK(receiver.offered() == all);
}

TEST_CASE("virtio-net: how a card can lie about what it received") {
    const auto verdict = [](auto lie) {
        Receiver receiver(mergeable);
        lie(receiver);
        const std::string said = receiver.serve();
        CHECK(receiver.frames.empty());
        CHECK(receiver.statistics.received == 0);
        return said;
    };
    CHECK(verdict([](Receiver& card) { card.put(pattern(60), 0); }).find("impossible") != std::string::npos);
    CHECK(verdict([](Receiver& card) { card.put(pattern(60), 257); }).find("impossible") !=
          std::string::npos);
    CHECK(verdict([](Receiver& card) { card.put(pattern(60), 2); }).find("fewer") != std::string::npos);
    CHECK(verdict([](Receiver& card) { card.put(pattern(600), 256); }).find("fewer") != std::string::npos);
    CHECK(verdict([](Receiver& card) { card.fill({}, 0); }).find("empty") != std::string::npos);
    CHECK(verdict([](Receiver& card) { card.fill(Bytes(11), 11); }).find("header") != std::string::npos);
    CHECK(verdict([](Receiver& card) { card.fill({}, 513); }).find("corrupt") != std::string::npos);
}

TEST_CASE("virtio-net: a sent frame stands behind a header of zeros, padded with zeros") {
    AttachedCard machine(own_mac);
    fake::Ring ring = machine.ring(transmit_queue);
    for (const std::size_t size : {1514, 14, 60, 61}) { // A short one takes the place of a long one.
        REQUIRE(machine.card().send(pattern(size)).has_value());
        Bytes expected(header_size);
        const Bytes frame = pattern(size);
        expected.insert(expected.end(), frame.begin(), frame.end());
        expected.resize(std::max<std::size_t>(expected.size(), header_size + 60));
        CHECK(waiting(ring) == std::vector<Bytes>(1, expected));
        ring.complete(0, 0);
    }
    CHECK(machine.card().send(pattern(13)).error() == Error::invalid_argument);
    CHECK(machine.card().send(pattern(1515)).error() == Error::invalid_argument);
    CHECK(waiting(ring).empty());
    CHECK(machine.card().statistics().sent == 4);
}

TEST_CASE("virtio-net: a full transmit queue takes nothing, and goes on when there is room") {
    AttachedCard machine(own_mac);
    fake::Ring ring = machine.ring(transmit_queue);
    std::size_t sent = 0;
    while (machine.card().send(pattern(60)).has_value()) ++sent;
    CHECK(machine.card().send(pattern(60)).error() == Error::would_block);
    CHECK(machine.card().statistics().sent == sent);
    CHECK(machine.card().statistics().send_dropped == 2);
    REQUIRE(waiting(ring).size() == sent);
    ring.complete(5, 0); // In any order.
    CHECK(machine.card().send(pattern(100)).has_value());
    CHECK(machine.card().send(pattern(100)).error() == Error::would_block);
    REQUIRE(waiting(ring).size() == sent);
    while (!ring.chains().empty()) ring.complete(0, 0);
    CHECK(machine.card().send(pattern(60)).has_value());
}

TEST_CASE("virtio-net: the link goes down and up, and a card that lies is given up for good") {
    AttachedCard machine(own_mac | link_status | mergeable);
    CHECK(machine.card().mac() == device::MacAddress{0x52, 0x54, 0, 0x12, 0x34, 0x56});
    CHECK(machine.card().link_is_up());
    for (const std::uint8_t is_up : {0, 1}) {
        machine.transport.configuration[6] = is_up;
        machine.transport.interrupt(false, true);
        CHECK(machine.card().link_is_up() == (is_up != 0));
    }
    fake::Ring ring = machine.ring(receive_queue);
    ring.fetch();
    ring.complete(0, 0);
    machine.transport.interrupt(true, false);
    CHECK((machine.transport.status() & status::failed) != 0);
    CHECK_FALSE(machine.card().link_is_up());
    CHECK(machine.card().send(pattern(60)).error() == Error::device_failed);
    CHECK(machine.card().statistics().send_dropped == 1);
    machine.transport.interrupt(true, true); // Of no effect any more.
    CHECK_FALSE(machine.card().link_is_up());
}

TEST_CASE("virtio-net: a card that tells neither its address nor its link") {
    AttachedCard machine(0);
    CHECK((machine.card().mac()[0] & 3) == 2); // For local use, and of one card.
    CHECK(machine.card().link_is_up());
    fake::Ring ring = machine.ring(transmit_queue);
    ring.put_used(7, 0);
    CHECK(machine.card().send(pattern(60)).error() == Error::device_failed);
    CHECK((machine.transport.status() & status::failed) != 0);
}
