// The run queue: who is first, in which order equals come, and that choosing looks at no other thread.
#include <doctest/doctest.h>

#include <vector>

#include "kernel/schedule/run_queue.h"
#include "test/host/fake_threads.h"

using schedule::RunQueue;

TEST_CASE("run queue: an empty one has no first") {
    RunQueue queue;
    CHECK(queue.empty());
    CHECK(queue.first() == nullptr);
    CHECK(queue.first_for(0) == nullptr);
}

TEST_CASE("run queue: the highest priority is first, from each of the 32, whatever the order of coming") {
    fake::Threads test(1);
    RunQueue queue;
    std::vector<fake::Thread*> threads;
    for (unsigned i = 0; i < 32; ++i) threads.push_back(&test.add(static_cast<std::uint8_t>(i * 13 % 32)));
    for (fake::Thread* const thread : threads) queue.push_back(*thread);
    for (int priority = 31; priority >= 0; --priority) {
        schedule::Thread* const first = queue.first();
        REQUIRE(first);
        CHECK(first->priority == priority);
        CHECK(queue.has(first->priority));
        queue.remove(*first);
        CHECK_FALSE(queue.has(first->priority));
    }
    CHECK(queue.empty());
}

TEST_CASE("run queue: equals keep their order, behind the one that is put in front") {
    fake::Threads test(1);
    RunQueue queue;
    fake::Thread &a = test.add(16), &b = test.add(16), &c = test.add(16), &low = test.add(3);
    queue.push_back(low);
    queue.push_back(a);
    queue.push_back(b);
    queue.push_front(c);
    for (fake::Thread* const next : {&c, &a, &b, &low}) {
        CHECK(queue.first() == next);
        queue.remove(*next);
    }
}

TEST_CASE("run queue: taking one out of the middle leaves the others") {
    fake::Threads test(1);
    RunQueue queue;
    fake::Thread &a = test.add(16), &b = test.add(16), &c = test.add(16);
    for (fake::Thread* const each : {&a, &b, &c}) queue.push_back(*each);
    queue.remove(b);
    CHECK(queue.has(16));
    queue.remove(a);
    CHECK(queue.first() == &c);
    queue.remove(c);
    CHECK(queue.empty());
}

TEST_CASE("run queue: the first for a CPU is the most urgent that may run there") {
    fake::Threads test(1);
    RunQueue queue;
    fake::Thread &high = test.add(20, 0b01), &middle = test.add(10, 0b10), &later = test.add(10, 0b11);
    for (fake::Thread* const each : {&high, &middle, &later}) queue.push_back(*each);
    CHECK(queue.first_for(0) == &high);
    CHECK(queue.first_for(1) == &middle);
    CHECK(queue.first_for(2) == nullptr);
    queue.remove(middle);
    CHECK(queue.first_for(1) == &later);
    queue.remove(high);
    queue.remove(later);
}
