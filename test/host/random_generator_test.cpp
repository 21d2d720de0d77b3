// The pool and the generator: nothing given twice, nothing kept of what was given.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "kernel/random/generator.h"
#include "kernel/random/pool.h"

namespace {

using namespace randomness;

Key key_of(int value) {
    Key key;
    key.fill(static_cast<std::byte>(value));
    return key;
}

std::vector<std::byte> take(Generator& generator, std::size_t size) {
    std::vector<std::byte> bytes(size);
    generator.fill(bytes);
    return bytes;
}

/// Whether an object's memory holds any 8 bytes of `secret` that begin at a multiple of 4.
template <class T>
bool holds(const T& object, std::span<const std::byte> secret) {
    const auto memory = std::as_bytes(std::span(&object, 1));
    for (std::size_t i = 0; i + 8 <= secret.size(); i += 4)
        if (!std::ranges::search(memory, secret.subspan(i, 8)).empty()) return true;
    return false;
}

Key seed_of(std::span<const std::byte> bytes) {
    Pool pool;
    pool.mix(bytes);
    REQUIRE(pool.has_seed());
    return pool.take_seed();
}

} // namespace

TEST_CASE("random: a generator's output is ChaCha20's behind the next key") {
    Generator generator;
    generator.seed(key_of(7));
    Block first, second;
    chacha20_block(key_of(7), 0, {}, first);
    chacha20_block(key_of(7), 1, {}, second);
    const auto output = take(generator, 96);
    CHECK(std::ranges::equal(std::span(output).first(32), std::span(first).subspan(32)));
    CHECK(std::ranges::equal(std::span(output).subspan(32), second));
}

TEST_CASE("random: the output does not depend on how it is asked for") {
    Generator whole, pieces;
    whole.seed(key_of(1));
    pieces.seed(key_of(1));
    const auto expected = take(whole, 10'000);
    std::mt19937 random(5);
    std::vector<std::byte> collected;
    while (collected.size() < expected.size()) {
        const auto piece =
            take(pieces, std::min<std::size_t>(random() % 1000, expected.size() - collected.size()));
        collected.insert(collected.end(), piece.begin(), piece.end());
    }
    CHECK(collected == expected);
}

TEST_CASE("random: no sixteen bytes are given twice") {
    Generator generator;
    generator.seed(key_of(2));
    std::set<std::string> seen;
    for (int i = 0; i < 20'000; ++i) {
        const auto output = take(generator, 16);
        REQUIRE(seen.emplace(reinterpret_cast<const char*>(output.data()), output.size()).second);
    }
}

TEST_CASE("random: what was given, and the key that made it, are gone from the generator") {
    Generator generator;
    const Key seed = key_of(3);
    generator.seed(seed);
    CHECK_FALSE(holds(generator, seed));
    std::mt19937 random(11);
    for (int i = 0; i < 200; ++i) {
        const auto output = take(generator, 8 + random() % 1500);
        REQUIRE_FALSE(holds(generator, output));
    }
}

TEST_CASE("random: the state before a refill cannot be told from the state after it") {
    Generator generator;
    generator.seed(key_of(4));
    const Generator before = generator;
    take(generator, 480); // All that was ready, so that the next byte needs a new key.
    take(generator, 1);
    CHECK_FALSE(holds(generator, std::as_bytes(std::span(&before, 1)).first(sizeof(Key))));
}

TEST_CASE("random: a new seed changes what comes, and keeps what was secret") {
    Generator reseeded, untouched, known;
    reseeded.seed(key_of(5));
    untouched.seed(key_of(5));
    reseeded.seed(key_of(6));
    known.seed(key_of(6));
    const auto output = take(reseeded, 64);
    CHECK(output != take(untouched, 64));
    CHECK(output != take(known, 64));
}

TEST_CASE("random: the pool has a seed from its 32nd byte on, and is empty afterwards") {
    Pool pool;
    const Key bytes = key_of(9);
    pool.mix({bytes.data(), 31});
    CHECK_FALSE(pool.has_seed());
    pool.mix({bytes.data(), 1});
    CHECK(pool.has_seed());
    CHECK(pool.collected() == 32);
    const Key seed = pool.take_seed();
    CHECK(pool.collected() == 0);
    CHECK_FALSE(holds(pool, seed));
    CHECK_FALSE(holds(pool, bytes));
}

TEST_CASE("random: every byte of the pool's input counts, and equal ones do not cancel out") {
    std::vector<std::byte> input(64, std::byte{0x55});
    std::set<Key> seeds{seed_of(input), seed_of(std::vector<std::byte>(64)), seed_of(key_of(0)),
                        seed_of(key_of(0x55))};
    for (std::byte& byte : input) {
        byte ^= std::byte{1};
        seeds.insert(seed_of(input));
        byte ^= std::byte{1};
    }
    CHECK(seeds.size() == 4 + input.size());
}

TEST_CASE("random: the pool does not mind in which pieces bytes come") {
    std::vector<std::byte> input(100);
    std::ranges::generate(input, [random = std::mt19937(3)]() mutable { return std::byte(random()); });
    Pool pieces;
    for (std::size_t i = 0; i < input.size(); i += 7)
        pieces.mix(std::span(input).subspan(i, std::min<std::size_t>(7, input.size() - i)));
    CHECK(pieces.take_seed() == seed_of(input));
}
