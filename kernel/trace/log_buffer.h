// The kernel's log in memory: a ring of whole lines, in which the newest displace the oldest.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace trace {

/// Holds as many lines as `Capacity` bytes do. Lines never tear: an old one goes as a whole.
template <std::size_t Capacity>
class LogBuffer {
public:
    /// Appends `line`, which holds no newline; one longer than the buffer is cut.
    constexpr void append(std::string_view line) {
        line = line.substr(0, Capacity - 1);
        while (Capacity - size_ < line.size() + 1) drop_oldest();
        for (const char character : line) push(character);
        push('\n');
    }

    /// Calls `visit(char)` for each character of the log, oldest first, newlines included.
    template <class Visitor>
    constexpr void for_each(Visitor visit) const {
        for (std::size_t i = 0; i < size_; ++i) visit(bytes_[(first_ + i) % Capacity]);
    }

    /// How many lines had to go.
    constexpr std::uint64_t dropped() const { return dropped_; }

private:
    constexpr void push(char character) {
        bytes_[(first_ + size_) % Capacity] = character;
        ++size_;
    }

    constexpr char pop() {
        const char character = bytes_[first_];
        first_ = (first_ + 1) % Capacity;
        --size_;
        return character;
    }

    constexpr void drop_oldest() {
        while (pop() != '\n') {
        }
        ++dropped_;
    }

    std::array<char, Capacity> bytes_{};
    std::size_t first_ = 0;
    std::size_t size_ = 0;
    std::uint64_t dropped_ = 0;
};

} // namespace trace
