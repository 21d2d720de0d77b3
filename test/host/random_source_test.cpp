// The generator that seeds itself, and sources that are slow, give little, fail, or do not exist.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kernel/random/seeded_generator.h"

namespace {

using namespace randomness;
using abi::Error;

/// A source that answers when the test says so.
class FakeSource : public device::EntropySource {
public:
    explicit FakeSource(std::string name) : name_(std::move(name)) {}

    std::string_view name() const override { return name_; }

    std::expected<void, Error> request(std::size_t bytes, device::EntropyReceiver receiver) override {
        if (is_broken) return std::unexpected(Error::device_failed);
        if (receiver_.receive) return std::unexpected(Error::would_block);
        wanted = bytes;
        receiver_ = receiver;
        return {};
    }

    bool is_asked() const { return receiver_.receive != nullptr; }

    /// Answers with that many bytes, or with all that were asked for; 0 is a failure.
    void answer(std::size_t bytes) {
        std::vector<std::byte> random(std::min(bytes, wanted));
        std::ranges::generate(random, [this] { return std::byte(random_()); });
        const auto receiver = std::exchange(receiver_, {});
        receiver.receive(receiver.context, random);
    }

    std::size_t wanted = 0;
    bool is_broken = false;

private:
    std::string name_;
    std::mt19937 random_{42};
    device::EntropyReceiver receiver_{};
};

std::vector<FakeSource*> plugged_in;

device::EntropySource* fake_source(std::size_t index) {
    return index < plugged_in.size() ? plugged_in[index] : nullptr;
}

/// A machine with two sources.
struct Fixture {
    Fixture() { plugged_in = {&first, &second}; }

    ~Fixture() { plugged_in.clear(); }

    std::expected<void, Error> fill(std::size_t bytes) {
        output.resize(bytes);
        return generator.fill(output);
    }

    FakeSource first{"rng0"}, second{"rng1"};
    SeededGenerator generator{fake_source};
    std::vector<std::byte> output;
};

} // namespace

TEST_CASE_FIXTURE(Fixture, "random: nothing is given before the first seed") {
    generator.start();
    output.assign(16, std::byte{0xaa});
    CHECK(fill(16).error() == Error::would_block);
    CHECK(output == std::vector<std::byte>(16, std::byte{0xaa}));
    first.answer(32);
    CHECK(generator.is_seeded());
    CHECK(fill(16).has_value());
    CHECK(output != std::vector<std::byte>(16, std::byte{0xaa}));
    CHECK_FALSE(first.is_asked());
}

TEST_CASE_FIXTURE(Fixture, "random: without a source there is an error, and not a weak number") {
    plugged_in.clear();
    generator.start();
    CHECK(fill(16).error() == Error::unsupported);
    CHECK(generator.statistics().source.empty());
}

TEST_CASE_FIXTURE(Fixture, "random: short answers are asked on for, down to a byte each") {
    generator.start();
    for (std::size_t missing = 32; missing > 0; --missing) {
        REQUIRE(first.wanted == missing);
        REQUIRE(fill(1).error() == Error::would_block);
        first.answer(1);
    }
    CHECK(fill(1).has_value());
    const Statistics statistics = generator.statistics();
    CHECK(statistics.source == "rng0");
    CHECK(statistics.collected == 32);
    CHECK(statistics.answers == 32);
    CHECK(statistics.seeds == 1);
    CHECK(statistics.given == 1);
}

TEST_CASE_FIXTURE(Fixture, "random: after a failure in the middle of a seed the next source completes it") {
    generator.start();
    first.answer(20);
    first.answer(0);
    CHECK(generator.statistics().source == "rng1");
    CHECK(second.wanted == 12);
    second.answer(12);
    CHECK(fill(64).has_value());
}

TEST_CASE_FIXTURE(Fixture, "random: when all sources fail before the first seed, that is said") {
    second.is_broken = true;
    generator.start();
    first.answer(0);
    CHECK(fill(1).error() == Error::unsupported);
}

TEST_CASE_FIXTURE(Fixture,
                  "random: a new seed is gathered after an amount of output, and nobody waits for it") {
    generator.start();
    first.answer(32);
    REQUIRE(fill(SeededGenerator::reseed_interval - 1));
    CHECK_FALSE(first.is_asked());
    REQUIRE(fill(1));
    CHECK(first.is_asked());
    REQUIRE(fill(SeededGenerator::reseed_interval));
    CHECK(generator.statistics().seeds == 1);
    first.answer(31);
    first.answer(1);
    CHECK(generator.statistics().seeds == 2);
    REQUIRE(fill(1));
    CHECK_FALSE(first.is_asked());
}

TEST_CASE_FIXTURE(Fixture, "random: once seeded, the generator outlives its sources") {
    generator.start();
    first.answer(32);
    first.is_broken = second.is_broken = true;
    REQUIRE(fill(SeededGenerator::reseed_interval));
    REQUIRE(fill(16));
    CHECK(generator.statistics().source.empty());
}

TEST_CASE("random: other seeds, other numbers") {
    std::set<std::vector<std::byte>> outputs;
    FakeSource source("rng0");
    plugged_in = {&source}; // One source whose bytes go on from generator to generator.
    for (int i = 0; i < 100; ++i) {
        SeededGenerator generator(fake_source);
        generator.start();
        source.answer(32);
        std::vector<std::byte> output(32);
        REQUIRE(generator.fill(output));
        outputs.insert(output);
    }
    plugged_in.clear();
    CHECK(outputs.size() == 100);
}
