// A virtqueue with a device that breaks the rules: each breach is Error::corrupt, and nothing else happens.
#include "driver/virtio/queue.h"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <set>

#include "test/host/fake_ring.h"

using abi::Error, driver::virtio::Buffer, driver::virtio::Queue;

namespace {

constexpr std::uint16_t size = 16;
constexpr std::array<Buffer, 3> request{{{{0x1000}, 16, false}, {{0x2000}, 512, true}, {{0x3000}, 1, true}}};

void* owner(std::uintptr_t number) { return reinterpret_cast<void*>(number); }

/// A queue with three requests that the device has taken in.
struct Fixture {
    explicit Fixture(Queue::Options options)
        : queue(std::move(*Queue::create(size, options))), device(queue.layout(), options) {
        for (std::uintptr_t i = 1; i <= 3; ++i) REQUIRE(queue.add(request, owner(i)));
        queue.publish();
        device.fetch();
    }

    bool corrupt() {
        const auto result = queue.take();
        return !result && result.error() == Error::corrupt;
    }

    /// All that were not taken must come back when the queue is cleared.
    std::set<void*> clear() {
        std::set<void*> owners;
        queue.clear(
            [](void* list, void* owner) { CHECK(static_cast<std::set<void*>*>(list)->insert(owner).second); },
            &owners);
        return owners;
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

TEST_CASE("queue: an id that is no descriptor's is corrupt") {
    for (const std::uint32_t id : {std::uint32_t{size}, 0x1'0000u, 0x1'0001u, 0xffff'ffffu})
        for_all_options([id](Fixture& fixture) {
            fixture.device.put_used(id, 0);
            CHECK(fixture.corrupt());
            CHECK(fixture.clear().size() == 3);
        });
}

TEST_CASE("queue: an id at which no chain begins is corrupt") {
    for_all_options([](Fixture& fixture) {
        std::set<std::uint32_t> heads;
        for (const fake::Chain& chain : fixture.device.chains()) heads.insert(chain.head);
        const std::uint16_t before = fixture.device.used_index();
        for (std::uint32_t id = 0; id < size; ++id) {
            if (heads.contains(id)) continue;
            fixture.device.put_used(id, 0);
            CHECK(fixture.corrupt());
            fixture.device.set_used_index(before);
        }
        CHECK(fixture.clear().size() == 3);
    });
}

TEST_CASE("queue: a chain that is done twice is corrupt the second time") {
    for_all_options([](Fixture& fixture) {
        const std::uint16_t head = fixture.device.chains()[1].head;
        fixture.device.complete(1, 1);
        CHECK((*fixture.queue.take())->owner == owner(2));
        fixture.device.put_used(head, 1);
        CHECK(fixture.corrupt());
        CHECK(fixture.corrupt()); // And stays so.
        CHECK(fixture.clear() == std::set{owner(1), owner(3)});
    });
}

TEST_CASE("queue: a chain that was added but not published cannot be done") {
    for_all_options([](Fixture& fixture) {
        const std::uint16_t head = fixture.device.chains()[0].head;
        fixture.device.complete(0, 0);
        REQUIRE(fixture.queue.take()->has_value());
        REQUIRE(fixture.queue.add(request, owner(4))); // Takes the descriptors that have just become free.
        fixture.device.put_used(head, 0);
        CHECK(fixture.corrupt());
        CHECK(fixture.clear() == std::set{owner(2), owner(3), owner(4)});
    });
}

TEST_CASE("queue: more bytes than were offered for writing are corrupt, all of them are not") {
    for (const std::uint32_t written : {514u, 529u, 0xffff'ffffu})
        for_all_options([written](Fixture& fixture) {
            fixture.device.complete(0, written);
            CHECK(fixture.corrupt());
        });
    for_all_options([](Fixture& fixture) {
        fixture.device.complete(0, 513);
        CHECK((*fixture.queue.take())->written == 513);
    });
}

TEST_CASE("queue: more completions than requests are corrupt, however many") {
    for (const int excess : {4, 5, 16, 17, 255, 256, 32'767, 32'768, 65'535})
        for_all_options([excess](Fixture& fixture) {
            fixture.device.set_used_index(static_cast<std::uint16_t>(excess));
            CHECK(fixture.corrupt());
            CHECK(fixture.clear().size() == 3);
        });
}

TEST_CASE("queue: an index that goes back is corrupt") {
    for_all_options([](Fixture& fixture) {
        fixture.device.complete(0, 0);
        fixture.device.complete(0, 0);
        REQUIRE(fixture.queue.take()->has_value());
        REQUIRE(fixture.queue.take()->has_value());
        fixture.device.set_used_index(1);
        CHECK(fixture.corrupt());
        CHECK(fixture.clear() == std::set{owner(3)});
    });
}

TEST_CASE("queue: a device that overwrites what is the driver's cannot confuse its books") {
    for (const std::uint8_t value : {0x00, 0x01, 0x7f, 0xff})
        for_all_options([value](Fixture& fixture) {
            REQUIRE(fixture.queue.add(request, owner(4)));
            fixture.device.scribble(value);
            fixture.queue.publish();
            for (std::uintptr_t i = 1; i <= 3; ++i) {
                fixture.device.complete(0, 0);
                CHECK((*fixture.queue.take())->owner == owner(i));
            }
            CHECK(fixture.clear() == std::set{owner(4)});
            CHECK(fixture.queue.room(1) == size);
        });
}

TEST_CASE("queue: whatever a device writes, every owner comes back once and no more") {
    const fake::DmaMachine machine;
    std::mt19937 random(1);
    for (int round = 0; round < 20'000; ++round) {
        Fixture fixture({.indirect = random() % 2 == 0, .event_index = random() % 2 == 0});
        std::multiset<void*> returned;
        for (int lie = 0; lie < 8; ++lie) {
            if (random() % 4 == 0) fixture.device.scribble(static_cast<std::uint8_t>(random()));
            if (random() % 8 == 0) fixture.device.set_used_index(static_cast<std::uint16_t>(random() % 20));
            fixture.device.put_used(static_cast<std::uint32_t>(random() % (size + 2)),
                                    static_cast<std::uint32_t>(random() % 600));
            if (const auto taken = fixture.queue.take(); taken && taken->has_value())
                returned.insert((*taken)->owner);
        }
        for (void* owner : fixture.clear()) returned.insert(owner);
        REQUIRE(returned == std::multiset{owner(1), owner(2), owner(3)});
        REQUIRE(fixture.queue.room(1) == size);
    }
}
