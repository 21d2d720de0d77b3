// A vector of fixed capacity that owns its storage: for the time before there is a heap.
#pragma once

#include <array>
#include <cstddef>

namespace base {

/// Holds up to `Capacity` elements; never allocates, is constant-initialised and trivially copied.
template <class T, std::size_t Capacity>
class StaticVector {
public:
    /// Appends a copy; false, and no change, when the vector is full.
    constexpr bool push_back(const T& element) {
        if (count_ == Capacity) return false;
        elements_[count_++] = element;
        return true;
    }

    /// Removes the element at `index`; those behind it move up. `index` must be below size().
    constexpr void erase(std::size_t index) {
        for (std::size_t i = index + 1; i < count_; ++i) elements_[i - 1] = elements_[i];
        --count_;
    }

    constexpr void clear() { count_ = 0; }

    constexpr std::size_t size() const { return count_; }

    constexpr bool empty() const { return count_ == 0; }

    constexpr bool full() const { return count_ == Capacity; }

    static constexpr std::size_t capacity() { return Capacity; }

    constexpr T& operator[](std::size_t index) { return elements_[index]; }

    constexpr const T& operator[](std::size_t index) const { return elements_[index]; }

    constexpr T& back() { return elements_[count_ - 1]; }

    constexpr const T& back() const { return elements_[count_ - 1]; }

    constexpr T* begin() { return elements_.data(); }

    constexpr T* end() { return elements_.data() + count_; }

    constexpr const T* begin() const { return elements_.data(); }

    constexpr const T* end() const { return elements_.data() + count_; }

private:
    std::array<T, Capacity> elements_{};
    std::size_t count_ = 0;
};

} // namespace base
