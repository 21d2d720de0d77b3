// Numbers that look random and depend on a seed alone, so that a failed test can be repeated.
#pragma once

#include <cstdint>

namespace base {

/// Xorshift (Marsaglia, Xorshift RNGs, 2003). For tests only: anybody can predict it.
class PseudoRandom {
public:
    explicit PseudoRandom(std::uint64_t seed) : state_(seed * 2 + 1) {}

    std::uint64_t next() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return state_;
    }

    /// From 0 to `limit` - 1.
    std::uint64_t below(std::uint64_t limit) { return next() % limit; }

private:
    std::uint64_t state_;
};

} // namespace base
