// The heap under random load, guarded and not, with plenty of memory and with too little.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <vector>

#include "kernel/memory/heap.h"
#include "test/host/fake_hal.h"
#include "test/host/seed.h"

using memory::FrameAllocator, memory::Heap;

namespace {

constexpr std::size_t mib = 1024 * 1024;

/// Knows every object, what was written into it, and that no two overlap.
class Model {
public:
    explicit Model(Heap& heap) : heap_(heap) {}

    void step(std::mt19937_64& random) {
        if (random() % 32 == 0)
            free_badly(random);
        else if (random() % 100 < (filling_ ? 60u : 40u))
            allocate(random);
        else
            free_one(random);
        if (objects_.empty()) filling_ = true;
        if (objects_.size() > 3000) filling_ = false;
    }

    void free_all() {
        while (!objects_.empty()) free_at(objects_.begin());
    }

    std::size_t exhausted() const { return exhausted_; }

private:
    struct Object {
        std::size_t size = 0;
        unsigned char mark = 0;
    };

    using Objects = std::map<std::uintptr_t, Object>;

    static std::size_t random_size(std::mt19937_64& random) {
        const std::uint64_t kind = random() % 1000;
        if (kind < 900) return random() % 100;
        if (kind < 990) return random() % 2100;
        return random() % 40'000;
    }

    void allocate(std::mt19937_64& random) {
        const std::size_t size = random_size(random);
        const std::size_t alignment = random() % 8 == 0 ? std::size_t{1} << random() % 11 : 16;
        void* pointer = heap_.allocate(size, alignment);
        if (!pointer) {
            ++exhausted_;
            filling_ = false;
            return;
        }
        const std::uintptr_t start = reinterpret_cast<std::uintptr_t>(pointer);
        REQUIRE(start % alignment == 0);
        const auto next = objects_.lower_bound(start);
        REQUIRE((next == objects_.end() || start + std::max<std::size_t>(size, 1) <= next->first));
        REQUIRE((next == objects_.begin() || std::prev(next)->first + std::prev(next)->second.size <= start));
        const Object object{size, static_cast<unsigned char>(random())};
        std::memset(pointer, object.mark, size);
        objects_.emplace(start, object);
    }

    void free_one(std::mt19937_64& random) {
        if (objects_.empty()) return;
        const std::uintptr_t first = objects_.begin()->first, last = objects_.rbegin()->first;
        free_at(objects_.lower_bound(first + random() % (last - first + 1)));
    }

    void free_at(Objects::iterator at) {
        const auto [size, mark] = at->second;
        const auto* content = reinterpret_cast<const unsigned char*>(at->first);
        REQUIRE((size == 0 || (content[0] == mark && std::memcmp(content, content + 1, size - 1) == 0)));
        REQUIRE(heap_.try_free(reinterpret_cast<void*>(at->first)));
        freed_ = at->first;
        objects_.erase(at);
    }

    /// The last freed object again, or the inside of a live one.
    void free_badly(std::mt19937_64& random) {
        if (random() % 2 == 0 && freed_ != 0 && !objects_.contains(freed_))
            REQUIRE_FALSE(heap_.try_free(reinterpret_cast<void*>(freed_)));
        else if (!objects_.empty())
            REQUIRE_FALSE(
                heap_.try_free(reinterpret_cast<void*>(objects_.begin()->first + 1 + random() % 15)));
    }

    Heap& heap_;
    Objects objects_;
    std::uintptr_t freed_ = 0;
    std::size_t exhausted_ = 0;
    bool filling_ = true;
};

void run_model(bool guarded, std::size_t size, int steps, std::uint64_t seed, bool must_exhaust) {
    fake::Ram ram({0x8000'0000}, size);
    FrameAllocator frames(std::vector{ram.range()}, {});
    Heap heap(frames, guarded);
    Model model(heap);
    std::mt19937_64 random(test::seed(seed));
    for (int i = 0; i < steps; ++i) {
        model.step(random);
        if (i % 50'000 == 0) REQUIRE(frames.verify());
    }
    CHECK((model.exhausted() > 0) == must_exhaust);
    model.free_all();
    heap.release_empty_slabs();
    CHECK(frames.statistics().free == frames.statistics().total);
    CHECK(frames.verify());
    for (const auto& slots : heap.statistics().slots) CHECK((slots.slabs == 0 && slots.used == 0));
}

} // namespace

TEST_CASE("heap: 500,000 random operations against a model, unguarded") {
    run_model(false, 16 * mib, 500'000, 1, false);
}

TEST_CASE("heap: 500,000 random operations against a model, guarded") {
    run_model(true, 16 * mib, 500'000, 2, false);
}

TEST_CASE("heap: 100,000 random operations with too little memory") {
    run_model(true, mib / 4, 100'000, 3, true);
}
