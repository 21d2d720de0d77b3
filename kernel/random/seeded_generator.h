// A generator that sees to its own seeds: it asks entropy sources for bytes, gathers them in a pool, and
// takes a seed from there when there is enough.
//
//     source ──answers, in pieces──> pool ──seed──> generator ──> fill()
//
// Nothing is given before the first seed: there is no weaker source to fall back on. After that nothing ever
// fails: while a new seed is being gathered, or when no source is left, the old key goes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "kernel/abi/error.h"
#include "kernel/device/entropy.h"
#include "kernel/random/generator.h"
#include "kernel/random/pool.h"

namespace randomness {

/// What has been gathered and given since boot.
struct Statistics {
    std::string_view source;     ///< The one that is asked; empty when there is none.
    std::uint64_t collected = 0; ///< Bytes, from all sources.
    std::uint64_t answers = 0;   ///< In how many pieces they came.
    std::uint64_t seeds = 0;
    std::uint64_t given = 0; ///< Bytes of output.
};

class SeededGenerator {
public:
    /// After so much output a new seed is gathered.
    static constexpr std::uint64_t reseed_interval = 1 << 20;

    /// `sources` returns the `index`-th entropy source, or null beyond the last, like device::entropy_source.
    using Sources = device::EntropySource* (*)(std::size_t index);

    constexpr explicit SeededGenerator(Sources sources) : sources_(sources) {}

    /// Asks for the first seed. Interrupts must be masked, as for fill().
    void start() { collect(); }

    /// Fills `out` with random bytes. Error::would_block while the first seed is being gathered,
    /// Error::unsupported when there is no source that could give one; `out` is unchanged then.
    std::expected<void, abi::Error> fill(std::span<std::byte> out);

    bool is_seeded() const { return statistics_.seeds > 0; }

    Statistics statistics() const;

private:
    static void on_answer(void* context, std::span<const std::byte> bytes);

    device::EntropySource* source() const { return sources_(source_index_); }

    void collect();
    void take(std::span<const std::byte> bytes);
    void reseed();

    Sources sources_;
    std::size_t source_index_ = 0; ///< Those before it have failed.
    bool collecting_ = false;
    std::uint64_t given_since_seed_ = 0;
    Pool pool_;
    Generator generator_;
    Statistics statistics_;
};

} // namespace randomness
