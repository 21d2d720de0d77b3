// The timer queue against a model: a multiset of deadlines.
#include <doctest/doctest.h>

#include <memory>
#include <random>
#include <set>
#include <vector>

#include "kernel/schedule/timer_queue.h"
#include "test/host/seed.h"

namespace {

using base::Nanoseconds;
using schedule::Timer;
using schedule::TimerQueue;

std::unique_ptr<Timer> make_timer() {
    return std::make_unique<Timer>([](void*) {}, nullptr);
}

} // namespace

TEST_CASE("timer queue: an empty one has no earliest timer") {
    TimerQueue queue;
    CHECK(queue.earliest() == nullptr);
    CHECK(queue.pop_expired({~0ull}) == nullptr);
}

TEST_CASE("timer queue: a timer expires at its deadline, not before") {
    TimerQueue queue;
    auto timer = make_timer();
    queue.insert(*timer, {100});
    CHECK(timer->is_queued());
    CHECK(queue.pop_expired({99}) == nullptr);
    CHECK(queue.pop_expired({100}) == timer.get());
    CHECK_FALSE(timer->is_queued());
    CHECK(queue.pop_expired({1000}) == nullptr);
}

TEST_CASE("timer queue: removing what is not queued does nothing") {
    TimerQueue queue;
    auto first = make_timer(), second = make_timer();
    queue.insert(*first, {1});
    queue.remove(*second);
    queue.remove(*first);
    queue.remove(*first);
    CHECK(queue.earliest() == nullptr);
}

TEST_CASE("timer queue: a timer may be started again by its own expiry") {
    TimerQueue queue;
    auto timer = make_timer();
    for (std::uint64_t round = 1; round <= 10; ++round) {
        queue.insert(*timer, {round});
        CHECK(queue.pop_expired({round}) == timer.get());
    }
}

TEST_CASE("timer queue: random insertions, removals and expiries agree with a multiset") {
    std::mt19937_64 random(test::seed(4));
    TimerQueue queue;
    std::vector<std::unique_ptr<Timer>> timers;
    for (int i = 0; i < 300; ++i) timers.push_back(make_timer());
    std::multiset<std::uint64_t> model;
    for (int step = 0; step < 200'000; ++step) {
        Timer& timer = *timers[random() % timers.size()];
        const std::uint64_t when = random() % 1000;
        if (random() % 8 == 0) {
            Timer* const expired = queue.pop_expired({when});
            const bool expected = !model.empty() && *model.begin() <= when;
            REQUIRE((expired != nullptr) == expected);
            if (!expired) continue;
            REQUIRE(expired->deadline().value == *model.begin());
            model.erase(model.begin());
        } else if (timer.is_queued()) {
            model.erase(model.find(timer.deadline().value));
            queue.remove(timer);
        } else {
            queue.insert(timer, {when});
            model.insert(when);
        }
        REQUIRE((queue.earliest() ? queue.earliest()->deadline().value : ~0ull) ==
                (model.empty() ? ~0ull : *model.begin()));
    }
}
