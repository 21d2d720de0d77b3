// Index sets against std::set: the lowest member, filling, and what is missing.
#include "kernel/axiom/index_set.h"

#include <doctest/doctest.h>

#include <set>
#include <vector>

#include "kernel/base/pseudo_random.h"

using axiom::IndexSet;

namespace {

constexpr std::uint32_t counts[] = {0,   1,    2,    63,   64,   65,   127,
                                    128, 4095, 4096, 4097, 5000, 8192, 64 * 64 * 64};

struct Fixture {
    explicit Fixture(std::uint32_t capacity)
        : words(IndexSet::words_for(capacity)), set(words.data(), capacity) {}

    std::vector<std::uint64_t> words;
    IndexSet set;
};

} // namespace

TEST_CASE("index set: filling is inserting all, to the last bit") {
    for (const std::uint32_t count : counts) {
        Fixture filled(IndexSet::most), inserted(IndexSet::most);
        filled.set.fill(count);
        for (std::uint32_t i = 0; i < count; ++i) inserted.set.insert(i);
        CHECK(filled.words == inserted.words);
    }
}

TEST_CASE("index set: the lowest member comes first, whatever the order in which they came") {
    for (const std::uint32_t capacity : counts) {
        if (capacity == 0) continue;
        Fixture fixture(capacity);
        std::set<std::uint32_t> model;
        base::PseudoRandom random(capacity);
        for (int step = 0; step < 5000; ++step) {
            const auto index = static_cast<std::uint32_t>(random.below(capacity));
            if (random.below(2) == 0) {
                fixture.set.insert(index);
                model.insert(index);
            } else if (model.erase(index) > 0) {
                fixture.set.erase(index);
            }
            REQUIRE(fixture.set.empty() == model.empty());
            if (!model.empty()) REQUIRE(fixture.set.first() == *model.begin());
            REQUIRE(fixture.set.contains(index) == model.contains(index));
        }
        std::uint32_t missing = 0;
        fixture.set.for_each_missing(capacity, [&](std::uint32_t index) {
            ++missing;
            REQUIRE_FALSE(model.contains(index));
        });
        CHECK(missing + model.size() == capacity);
    }
}
