// What was typed and nobody has read: the oldest is read first, and what comes when it is full is lost.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace terminal {

class TypeAhead {
public:
    static constexpr std::size_t capacity = 1024;

    bool is_empty() const { return count_ == 0; }

    void clear() { count_ = 0; }

    void add(char character) {
        if (count_ < capacity) characters_[(first_ + count_++) % capacity] = character;
    }

    /// Copies the oldest, as many as fit, and keeps them; returns how many these are.
    std::size_t peek(std::span<char> to) const {
        const std::size_t count = std::min(to.size(), count_);
        for (std::size_t i = 0; i < count; ++i) to[i] = characters_[(first_ + i) % capacity];
        return count;
    }

    /// Lets go of the oldest `count`; so many there must be.
    void drop(std::size_t count) {
        first_ = (first_ + count) % capacity;
        count_ -= count;
    }

    /// Takes the oldest; must not be empty.
    char take() {
        const char oldest = characters_[first_];
        drop(1);
        return oldest;
    }

private:
    std::array<char, capacity> characters_{};
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

} // namespace terminal
