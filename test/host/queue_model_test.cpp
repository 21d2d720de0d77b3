// A virtqueue and a device against a model, by random steps: nothing is lost, invented or mixed up, and
// neither side ever sleeps while there is something for it to do.
#include "driver/virtio/queue.h"

#include <doctest/doctest.h>

#include <map>
#include <random>

#include "test/host/fake_ring.h"

using driver::virtio::Buffer, driver::virtio::Queue;

namespace {

class Model {
public:
    Model(std::uint16_t size, Queue::Options options, std::uint32_t seed)
        : queue_(std::move(*Queue::create(size, options))), device_(queue_.layout(), options), random_(seed) {
    }

    void step() {
        switch (below(8)) {
        case 0:
        case 1: add(); break;
        case 2: publish(); break;
        case 3: fetch(); break;
        case 4:
        case 5: complete(); break;
        case 6: take(below(4)); break;
        case 7: change_wishes(); break;
        }
        check_nobody_sleeps();
    }

    void finish() {
        publish();
        device_.fetch();
        while (!device_.chains().empty()) complete();
        take(queue_.size());
        CHECK(expected_.empty());
        CHECK(queue_.room(1) == queue_.size());
    }

    std::uint64_t completed() const { return completed_; }

private:
    struct Request {
        std::vector<Buffer> buffers;
        std::uint32_t written = 0;
        bool published = false;
        bool done = false;
    };

    std::uint32_t below(std::size_t limit) { return static_cast<std::uint32_t>(random_() % limit); }

    /// Owners are numbers, and a chain's first address is its number too: that is how the device's view is
    /// matched with the driver's.
    void add() {
        const std::uintptr_t number = ++last_number_;
        Request request;
        const std::size_t count = 1 + below(std::min<std::size_t>(queue_.size(), 12));
        const std::size_t readable = below(count + 1);
        for (std::size_t i = 0; i < count; ++i)
            request.buffers.push_back({{i == 0 ? number : below(1 << 30)}, 1 + below(5000), i >= readable});
        const bool has_room = queue_.room(count) > 0;
        const auto added = queue_.add(request.buffers, reinterpret_cast<void*>(number));
        REQUIRE(added.has_value() == has_room);
        if (!added) return;
        expected_.emplace(number, std::move(request));
        ++added_;
    }

    void publish() {
        for (auto& [number, request] : expected_) request.published = true;
        if (queue_.publish()) device_sleeps_ = false;
        unseen_ += added_;
        added_ = 0;
    }

    void fetch() {
        const std::size_t before = device_.chains().size();
        device_.fetch();
        REQUIRE(device_.chains().size() - before == unseen_);
        unseen_ = 0;
        for (std::size_t i = before; i < device_.chains().size(); ++i) check_seen(device_.chains()[i]);
        if (below(2) == 0) device_sleeps_ = !device_.ask_for_notification();
    }

    void check_seen(const fake::Chain& chain) {
        const auto found = expected_.find(chain.buffers.at(0).address.value);
        REQUIRE(found != expected_.end());
        REQUIRE(found->second.published);
        REQUIRE(std::ranges::equal(chain.buffers, found->second.buffers, [](auto& a, auto& b) {
            return a.address == b.address && a.length == b.length && a.device_writes == b.device_writes;
        }));
    }

    /// Any of them, in any order.
    void complete() {
        if (device_.chains().empty()) return;
        const std::size_t index = below(device_.chains().size());
        const fake::Chain& chain = device_.chains()[index];
        Request& request = expected_.at(chain.buffers.at(0).address.value);
        request.written = below(chain.writable() + std::size_t{1});
        request.done = true;
        ++untaken_;
        if (device_.complete(index, request.written)) driver_sleeps_ = false;
    }

    void take(std::size_t limit) {
        for (std::size_t i = 0; i < limit; ++i) {
            const auto taken = queue_.take();
            REQUIRE(taken.has_value());
            REQUIRE(taken->has_value() == (untaken_ > 0));
            if (!*taken) return;
            const auto found = expected_.find(reinterpret_cast<std::uintptr_t>((*taken)->owner));
            REQUIRE(found != expected_.end());
            REQUIRE(found->second.done);
            REQUIRE(found->second.written == (*taken)->written);
            expected_.erase(found);
            --untaken_;
            ++completed_;
        }
    }

    void change_wishes() {
        switch (below(4)) {
        case 0:
            queue_.disable_interrupts();
            driver_sleeps_ = false;
            break;
        case 1:
            device_.decline_notifications();
            device_sleeps_ = false;
            break;
        default: driver_sleeps_ = !queue_.enable_interrupts();
        }
    }

    /// Who asked to be told, and was told that there is nothing yet, must have been woken by what came since.
    void check_nobody_sleeps() {
        if (device_sleeps_) REQUIRE(unseen_ == 0);
        if (driver_sleeps_) REQUIRE(untaken_ == 0);
    }

    Queue queue_;
    fake::Ring device_;
    std::mt19937 random_;
    std::map<std::uintptr_t, Request> expected_;
    std::uintptr_t last_number_ = 0;
    std::size_t added_ = 0;   ///< Not published.
    std::size_t unseen_ = 0;  ///< Published, not fetched by the device.
    std::size_t untaken_ = 0; ///< Done, not taken by the driver.
    bool device_sleeps_ = false;
    bool driver_sleeps_ = false;
    std::uint64_t completed_ = 0;
};

constexpr Queue::Options all_options[] = {{}, {.indirect = true}, {.event_index = true}, {true, true}};

} // namespace

TEST_CASE("queue: 720,000 random steps of driver and device, of all sizes") {
    const fake::DmaMachine machine;
    for (const Queue::Options options : all_options)
        for (std::uint16_t size = 1; size <= 256; size *= 2) {
            CAPTURE(size);
            CAPTURE(options.indirect);
            CAPTURE(options.event_index);
            Model model(size, options, size);
            for (int i = 0; i < 20'000; ++i) model.step();
            model.finish();
        }
}

TEST_CASE("queue: indices run past 65,536") {
    const fake::DmaMachine machine;
    for (const Queue::Options options : all_options) {
        Model model(8, options, 3);
        while (model.completed() < 70'000) model.step();
        model.finish();
    }
}

TEST_CASE("queue: a chain may be outstanding while 65,536 others come and go") {
    const fake::DmaMachine machine;
    for (const Queue::Options options : all_options) {
        Queue queue = std::move(*Queue::create(4, options));
        fake::Ring device(queue.layout(), options);
        const Buffer buffer{{0x1000}, 8, true};
        int late = 0, quick = 0;
        REQUIRE(queue.add({&buffer, 1}, &late));
        for (int i = 0; i < 70'000; ++i) {
            REQUIRE(queue.add({&buffer, 1}, &quick));
            queue.publish();
            device.fetch();
            device.complete(1, 0);
            REQUIRE((*queue.take())->owner == &quick);
        }
        device.complete(0, 8);
        CHECK((*queue.take())->owner == &late);
        CHECK(queue.room(1) == 4);
    }
}
