// The order in which a virtqueue's memory is written and read, for machines that reorder: what the device
// sees at each barrier, and what it may do there.
#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "hal/barrier.h"
#include "test/host/fake_ring.h"

using driver::virtio::Buffer, driver::virtio::Queue;
using Kind = hal::Barrier::Kind;

namespace {

constexpr std::array<Buffer, 2> request{{{{0x1000}, 16, false}, {{0x2000}, 512, true}}};

/// A queue of eight with its device, and what happens at barriers.
struct Fixture {
    explicit Fixture(Queue::Options options)
        : queue(std::move(*Queue::create(8, options))), device(queue.layout(), options) {}

    ~Fixture() { hal::Barrier::passed = nullptr; }

    void add() { REQUIRE(queue.add(request, this)); }

    /// A chain that the device has taken in.
    void add_and_fetch() {
        add();
        queue.publish();
        device.fetch();
    }

    std::uint16_t available_index() const {
        return *hal::direct<const std::uint16_t>(queue.layout().available + 2);
    }

    Queue queue;
    fake::Ring device;
};

template <class Test>
void for_all_options(Test test) {
    const fake::DmaMachine machine;
    for (const Queue::Options options : {Queue::Options{}, Queue::Options{.indirect = true},
                                         Queue::Options{.event_index = true}, Queue::Options{true, true}}) {
        CAPTURE(options.indirect);
        CAPTURE(options.event_index);
        Fixture fixture(options);
        test(fixture);
    }
}

} // namespace

TEST_CASE("queue order: the device can see the index only behind the chains") {
    for_all_options([](Fixture& fixture) {
        std::vector<std::uint16_t> indices;
        hal::Barrier::passed = [&](Kind kind) {
            CHECK(kind == (indices.empty() ? Kind::before_publish : Kind::full));
            indices.push_back(fixture.available_index());
        };
        fixture.add();
        CHECK(indices.empty());
        fixture.queue.publish();
        CHECK(indices == std::vector<std::uint16_t>{0, 1});
        fixture.device.fetch();
        CHECK(fixture.device.chains().size() == 1);
    });
}

TEST_CASE("queue order: a device that falls asleep while the index is on its way is woken") {
    for_all_options([](Fixture& fixture) {
        fixture.add_and_fetch();
        fixture.device.decline_notifications();
        fixture.add();
        hal::Barrier::passed = [&](Kind kind) {
            if (kind == Kind::full) fixture.device.ask_for_notification();
        };
        CHECK(fixture.queue.publish());
    });
}

TEST_CASE("queue order: an entry of the used ring is read only behind the index") {
    for_all_options([](Fixture& fixture) {
        fixture.add_and_fetch();
        const std::uint16_t head = fixture.device.chains()[0].head;
        fixture.device.put_used(999, 0); // What the driver would see of the entry if it looked too early.
        hal::Barrier::passed = [&](Kind kind) {
            CHECK(kind == Kind::after_observe);
            fixture.device.set_used_index(0);
            fixture.device.put_used(head, 512);
        };
        const auto taken = fixture.queue.take();
        REQUIRE((taken && taken->has_value()));
        CHECK((*taken)->written == 512);
    });
}

TEST_CASE("queue order: what is done while interrupts are being asked for is not overlooked") {
    for_all_options([](Fixture& fixture) {
        fixture.queue.disable_interrupts();
        fixture.add_and_fetch();
        bool would_interrupt = false;
        hal::Barrier::passed = [&](Kind kind) {
            CHECK(kind == Kind::full);
            would_interrupt = fixture.device.complete(0, 0);
        };
        CHECK(fixture.queue.enable_interrupts());
        CHECK(would_interrupt); // The wish was seen at the barrier already.
    });
}
