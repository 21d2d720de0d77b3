// The programs' heap over memory that the test hands out.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "test/host/seed.h"
#include "user/lib/heap.h"

namespace {

using trivium::Heap;

/// Hands out chunks, up to a limit; remembers them.
struct Source {
    static inline std::vector<std::unique_ptr<std::byte[]>> chunks;
    static inline std::size_t given = 0;
    static inline std::size_t limit = 0;

    static void reset(std::size_t new_limit = 64 << 20) {
        chunks.clear();
        given = 0;
        limit = new_limit;
    }

    static std::span<std::byte> take(std::size_t size) {
        CHECK(size % 4096 == 0);
        if (size > limit - given) return {};
        given += size;
        chunks.push_back(std::make_unique<std::byte[]>(size));
        return {chunks.back().get(), size};
    }
};

std::uintptr_t number(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

} // namespace

TEST_CASE("user heap: aligned, apart from one another, and large enough") {
    Source::reset();
    Heap heap(Source::take);
    std::map<std::uintptr_t, std::size_t> taken;
    for (std::size_t size = 0; size < 500; ++size) {
        void* payload = heap.allocate(size);
        REQUIRE(payload != nullptr);
        CHECK(number(payload) % Heap::alignment == 0);
        CHECK(Heap::usable_size(payload) >= size);
        std::memset(payload, 0xaa, size);
        taken[number(payload)] = std::max<std::size_t>(size, 1);
    }
    std::uintptr_t end = 0;
    for (const auto& [address, size] : taken) {
        CHECK(address >= end);
        end = address + size;
    }
}

TEST_CASE("user heap: freed neighbours become one block again, in whatever order") {
    Source::reset();
    Heap heap(Source::take);
    std::vector<void*> payloads;
    for (int i = 0; i < 6; ++i) payloads.push_back(heap.allocate(100));
    std::vector<int> order{0, 1, 2, 3, 4, 5};
    do {
        for (const int i : order) REQUIRE(heap.free(payloads[i]));
        CHECK(heap.free_bytes() == Source::given);
        for (void*& payload : payloads) payload = heap.allocate(100);
        CHECK(std::ranges::is_sorted(payloads)); // From the front again: nothing has been left in pieces.
    } while (std::ranges::next_permutation(order).found);
    CHECK(Source::chunks.size() == 1);
}

TEST_CASE("user heap: more than a chunk, and chunks that grow") {
    Source::reset();
    Heap heap(Source::take);
    void* large = heap.allocate(10 << 20);
    REQUIRE(large != nullptr);
    CHECK(Source::chunks.size() == 1);
    CHECK(heap.allocate(10) != nullptr);
    for (int i = 0; i < 1000; ++i) CHECK(heap.allocate(10'000) != nullptr);
    CHECK(Source::chunks.size() < 12);
}

TEST_CASE("user heap: exhaustion is null, and ends when something is freed") {
    Source::reset(128 << 10);
    Heap heap(Source::take);
    std::vector<void*> payloads;
    while (void* payload = heap.allocate(1000)) payloads.push_back(payload);
    CHECK(payloads.size() > 30);
    CHECK(heap.allocate(SIZE_MAX) == nullptr);
    CHECK(heap.allocate(SIZE_MAX - 15) == nullptr);
    REQUIRE(heap.free(payloads.back()));
    CHECK(heap.allocate(1000) == payloads.back());
}

TEST_CASE("user heap: freeing twice, or what is not the heap's, is refused and changes nothing") {
    Source::reset();
    Heap heap(Source::take);
    void* first = heap.allocate(50);
    void* second = heap.allocate(50);
    void* third = heap.allocate(50);
    REQUIRE(heap.free(second));
    const std::size_t free_bytes = heap.free_bytes();
    CHECK(heap.free(second).error() == abi::Error::already_freed);
    REQUIRE(heap.free(first));
    CHECK(heap.free(second).error() == abi::Error::already_freed); // Now inside of a larger block.
    alignas(16) std::byte foreign[64]{};
    CHECK(heap.free(foreign + 32).error() == abi::Error::foreign);
    REQUIRE(heap.free(third));
    CHECK(heap.free_bytes() == Source::given);
    CHECK(free_bytes < Source::given);
}

TEST_CASE("user heap: at random, nothing overlaps and all comes back") {
    Source::reset();
    Heap heap(Source::take);
    std::mt19937_64 random(test::seed(4));
    std::vector<std::pair<std::byte*, std::size_t>> taken;
    for (int round = 0; round < 30'000; ++round) {
        if (taken.empty() || (random() % 5 < 3 && taken.size() < 300)) {
            const std::size_t size = random() % (random() % 10 == 0 ? 20'000 : 300);
            auto* payload = static_cast<std::byte*>(heap.allocate(size));
            REQUIRE(payload != nullptr);
            std::memset(payload, static_cast<int>(size % 251), size);
            taken.emplace_back(payload, size);
        } else {
            std::swap(taken[random() % taken.size()], taken.back());
            const auto [payload, size] = taken.back();
            taken.pop_back();
            const auto mark = static_cast<std::byte>(size % 251);
            CHECK(std::all_of(payload, payload + size, [&](std::byte each) { return each == mark; }));
            REQUIRE(heap.free(payload));
        }
    }
    for (const auto& [payload, size] : taken) REQUIRE(heap.free(payload));
    CHECK(heap.free_bytes() == Source::given);
}
