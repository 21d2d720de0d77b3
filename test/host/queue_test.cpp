// A virtqueue with a device that keeps the rules: what it is shown, when either side is told, what comes
// back.
#include "driver/virtio/queue.h"

#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "test/host/fake_ring.h"

using abi::Error, driver::virtio::Buffer, driver::virtio::Queue;

namespace {

constexpr Queue::Options all_options[] = {{}, {.indirect = true}, {.event_index = true}, {true, true}};

Queue make(std::uint16_t size, Queue::Options options) {
    auto queue = Queue::create(size, options);
    REQUIRE(queue);
    return std::move(*queue);
}

/// What a driver asks of a disk: a header, data, and a byte for the status.
constexpr std::array<Buffer, 3> request{{{{0x1000}, 16, false}, {{0x2000}, 512, true}, {{0x3000}, 1, true}}};

std::vector<Buffer> buffers(std::size_t count) {
    std::vector<Buffer> chain;
    for (std::size_t i = 0; i < count; ++i) chain.push_back({{0x1000 * (i + 1)}, 64, i >= count / 2});
    return chain;
}

/// Owners are only compared, never dereferenced.
void* owner(std::uintptr_t number) { return reinterpret_cast<void*>(number); }

bool same(const Buffer& a, const Buffer& b) {
    return a.address == b.address && a.length == b.length && a.device_writes == b.device_writes;
}

} // namespace

TEST_CASE("queue: the size is a power of two of at most 256") {
    const fake::DmaMachine machine;
    for (const std::uint16_t size : {0, 3, 255, 257, 512, 0x8000})
        CHECK(Queue::create(size, {}).error() == Error::invalid_argument);
    for (const std::uint16_t size : {1, 2, 4, 8, 16, 32, 64, 128, 256}) {
        const Queue queue = make(size, {});
        CHECK(queue.size() == size);
        CHECK(queue.layout().descriptors.is_aligned(16));
        CHECK(queue.layout().available.is_aligned(2));
        CHECK(queue.layout().used.is_aligned(4));
    }
}

TEST_CASE("queue: the device finds what was added, and its owner gets it back") {
    const fake::DmaMachine machine;
    for (const Queue::Options options : all_options) {
        Queue queue = make(8, options);
        fake::Ring device(queue.layout(), options);
        REQUIRE(queue.add(request, owner(7)));
        device.fetch();
        CHECK(device.chains().empty()); // Not published yet.
        CHECK(queue.publish());
        device.fetch();
        REQUIRE(device.chains().size() == 1);
        CHECK(std::ranges::equal(device.chains()[0].buffers, request, same));

        CHECK_FALSE(queue.take()->has_value());
        CHECK(device.complete(0, 513));
        const auto completion = queue.take();
        REQUIRE((completion && completion->has_value()));
        CHECK((*completion)->owner == owner(7));
        CHECK((*completion)->written == 513);
        CHECK_FALSE(queue.take()->has_value());
    }
}

TEST_CASE("queue: chains that no device may be shown are refused") {
    const fake::DmaMachine machine;
    for (const Queue::Options options : all_options) {
        Queue queue = make(4, options);
        const Buffer in{{0x1000}, 16, true}, out{{0x2000}, 16, false}, empty{{0x3000}, 0, false};
        CHECK(queue.add({}, owner(1)).error() == Error::invalid_argument);
        CHECK(queue.add(std::array{in, out}, owner(1)).error() == Error::invalid_argument);
        CHECK(queue.add(std::array{out, empty}, owner(1)).error() == Error::invalid_argument);
        CHECK(queue.add(std::array{out, in}, nullptr).error() == Error::invalid_argument);
        CHECK(queue.add(buffers(5), owner(1)).error() == Error::invalid_argument);
        const Buffer huge{{0x1000}, 0xffff'ffff, true}; // Two of them are more than any chain may be.
        CHECK(queue.add(std::array{huge, huge}, owner(1)).error() == Error::invalid_argument);
        CHECK(queue.room(0) == 0);
        CHECK(queue.room(5) == 0);
        CHECK_FALSE(queue.publish());
    }
}

TEST_CASE("queue: a chain takes as many descriptors as it has buffers, or one with a table") {
    const fake::DmaMachine machine;
    Queue direct = make(16, {});
    CHECK(direct.room(1) == 16);
    CHECK(direct.room(3) == 5);
    for (std::uintptr_t i = 1; i <= 5; ++i) REQUIRE(direct.add(request, owner(i)));
    CHECK(direct.room(3) == 0);
    CHECK(direct.room(1) == 1);
    CHECK(direct.add(request, owner(6)).error() == Error::would_block);

    Queue indirect = make(16, {.indirect = true});
    CHECK(indirect.room(3) == 16);
    CHECK(indirect.room(9) == 1); // Longer than a table: as if there were none.
    for (std::uintptr_t i = 1; i <= 16; ++i) REQUIRE(indirect.add(request, owner(i)));
    CHECK(indirect.add(request, owner(17)).error() == Error::would_block);
}

TEST_CASE("queue: chains longer than a table are linked directly, beside those in tables") {
    const fake::DmaMachine machine;
    constexpr Queue::Options options{.indirect = true};
    Queue queue = make(16, options);
    fake::Ring device(queue.layout(), options);
    for (std::uintptr_t round = 1; round < 100; ++round) {
        REQUIRE(queue.add(buffers(12), owner(round)));
        REQUIRE(queue.add(buffers(8), owner(round + 1000)));
        CHECK(queue.room(2) == 3);
        queue.publish();
        device.fetch();
        CHECK(std::ranges::equal(device.chains()[0].buffers, buffers(12), same));
        CHECK(std::ranges::equal(device.chains()[1].buffers, buffers(8), same));
        device.complete(1, 0);
        device.complete(0, 0);
        CHECK((*queue.take())->owner == owner(round + 1000));
        CHECK((*queue.take())->owner == owner(round));
        CHECK(queue.room(1) == 16);
    }
}

TEST_CASE("queue: without the event index the device's flag says whether it wants to be told") {
    const fake::DmaMachine machine;
    Queue queue = make(4, {});
    fake::Ring device(queue.layout(), {});
    CHECK_FALSE(queue.publish()); // Nothing was added.
    device.decline_notifications();
    REQUIRE(queue.add(request, owner(1)));
    CHECK_FALSE(queue.publish());
    device.ask_for_notification();
    REQUIRE(queue.add(buffers(1), owner(2)));
    CHECK(queue.publish());
    CHECK_FALSE(queue.publish());
}

TEST_CASE("queue: with the event index the device names the chain that it wants to be told of") {
    const fake::DmaMachine machine;
    constexpr Queue::Options options{.event_index = true};
    Queue queue = make(8, options);
    fake::Ring device(queue.layout(), options);
    const auto publish_one = [&] {
        REQUIRE(queue.add(buffers(1), owner(1)));
        return queue.publish();
    };
    CHECK(publish_one()); // At first it wants to be told of chain 0.
    CHECK_FALSE(publish_one());
    device.fetch();
    CHECK_FALSE(device.ask_for_notification());
    REQUIRE(queue.add(buffers(1), owner(2)));
    REQUIRE(queue.add(buffers(1), owner(3)));
    CHECK(queue.publish()); // The one that it waits for is the first of two.
    CHECK_FALSE(publish_one());
}

TEST_CASE("queue: interrupts come when asked for, and what came before is not overlooked") {
    const fake::DmaMachine machine;
    for (const Queue::Options options : all_options) {
        Queue queue = make(8, options);
        fake::Ring device(queue.layout(), options);
        for (std::uintptr_t i = 1; i <= 5; ++i) REQUIRE(queue.add(buffers(1), owner(i)));
        queue.publish();
        device.fetch();

        queue.disable_interrupts();
        CHECK_FALSE(device.complete(0, 0));
        CHECK_FALSE(device.complete(0, 0));
        CHECK(queue.enable_interrupts()); // Two are done: they will not interrupt.
        REQUIRE(queue.take()->has_value());
        REQUIRE(queue.take()->has_value());
        CHECK_FALSE(queue.enable_interrupts());
        CHECK(device.complete(0, 0));
        REQUIRE(queue.take()->has_value());
        queue.disable_interrupts();
        CHECK_FALSE(device.complete(0, 0));
    }
}

TEST_CASE("queue: a reset device's chains are abandoned, each once, and the queue begins anew") {
    const fake::DmaMachine machine;
    for (const Queue::Options options : all_options) {
        Queue queue = make(16, options);
        fake::Ring device(queue.layout(), options);
        for (std::uintptr_t i = 1; i <= 4; ++i) REQUIRE(queue.add(request, owner(i)));
        queue.publish();
        device.fetch();
        device.complete(1, 0);
        REQUIRE(queue.take()->has_value());
        REQUIRE(queue.add(request, owner(5))); // Never published.

        std::vector<void*> abandoned;
        queue.clear([](void* list, void* owner) { static_cast<std::vector<void*>*>(list)->push_back(owner); },
                    &abandoned);
        std::ranges::sort(abandoned);
        CHECK(abandoned == std::vector{owner(1), owner(3), owner(4), owner(5)});

        fake::Ring restarted(queue.layout(), options);
        CHECK(queue.room(1) == 16);
        REQUIRE(queue.add(request, owner(9)));
        CHECK(queue.publish());
        restarted.fetch();
        CHECK(restarted.complete(0, 1));
        CHECK((*queue.take())->owner == owner(9));
    }
}

TEST_CASE("queue: moving one keeps what is under way") {
    const fake::DmaMachine machine;
    Queue first = make(8, {});
    fake::Ring device(first.layout(), {});
    REQUIRE(first.add(request, owner(1)));
    first.publish();
    Queue second = std::move(first);
    first = make(4, {});
    device.fetch();
    device.complete(0, 3);
    CHECK((*second.take())->owner == owner(1));
}

TEST_CASE("queue: the event rule of the specification, at the edge of 65,536 too") {
    using driver::virtio::passes_event;
    CHECK(passes_event(5, 6, 5));
    CHECK_FALSE(passes_event(6, 6, 5));
    CHECK_FALSE(passes_event(4, 6, 5));
    CHECK_FALSE(passes_event(5, 5, 5));
    CHECK(passes_event(65535, 0, 65535));
    CHECK(passes_event(0, 2, 65534));
    CHECK_FALSE(passes_event(2, 2, 65534));
    CHECK_FALSE(passes_event(65533, 2, 65534));
}
