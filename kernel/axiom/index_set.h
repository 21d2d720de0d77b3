// A set of indices that gives its lowest in a few steps: bits, and above them bits that say which words have
// some. Which index comes next follows from the members alone, not from the order in which they came.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "kernel/base/bits.h"

namespace axiom {

class IndexSet {
public:
    static constexpr std::uint32_t most = 64 * 64 * 64;

    /// How many words a set of indices below `capacity`, at most `most`, takes.
    static constexpr std::size_t words_for(std::uint32_t capacity) {
        return std::size_t{up(capacity)} + up(up(capacity)) + 1;
    }

    IndexSet() = default;

    /// Over words that are a set already, or all zero: the empty one.
    IndexSet(std::uint64_t* words, std::uint32_t capacity)
        : levels_{words, words + up(capacity), words + up(capacity) + up(up(capacity))} {}

    bool empty() const { return *levels_[2] == 0; }

    /// The lowest. There must be one.
    std::uint32_t first() const {
        const std::uint32_t middle = base::lowest_bit(*levels_[2]);
        const std::uint32_t bottom = middle * 64 + base::lowest_bit(levels_[1][middle]);
        return bottom * 64 + base::lowest_bit(levels_[0][bottom]);
    }

    bool contains(std::uint32_t index) const { return (levels_[0][index / 64] >> index % 64 & 1) != 0; }

    /// Calls `visit(index)` for each index below `capacity` that is not in it, in order.
    template <class Visit>
    void for_each_missing(std::uint32_t capacity, Visit visit) const {
        for (std::uint32_t word = 0; word < up(capacity); ++word) {
            std::uint64_t missing = ~levels_[0][word];
            if (word == capacity / 64) missing &= bit(capacity) - 1;
            for (; missing != 0; missing &= missing - 1) visit(word * 64 + base::lowest_bit(missing));
        }
    }

    /// Makes the empty set that of all indices below `count`, at most its capacity: a word at a time.
    void fill(std::uint32_t count) {
        for (std::uint64_t* level : levels_) {
            std::fill_n(level, count / 64, ~std::uint64_t{0});
            if (count % 64 != 0) level[count / 64] = bit(count) - 1;
            count = up(count);
        }
    }

    void insert(std::uint32_t index) {
        for (std::uint64_t* level : levels_) {
            level[index / 64] |= bit(index);
            index /= 64;
        }
    }

    /// Takes an index out: words that become empty are noted above.
    void erase(std::uint32_t index) {
        for (std::uint64_t* level : levels_) {
            level[index / 64] &= ~bit(index);
            if (level[index / 64] != 0) return;
            index /= 64;
        }
    }

private:
    static constexpr std::uint32_t up(std::uint32_t count) { return (count + 63) / 64; }

    static constexpr std::uint64_t bit(std::uint32_t index) { return std::uint64_t{1} << index % 64; }

    std::array<std::uint64_t*, 3> levels_{};
};

} // namespace axiom
