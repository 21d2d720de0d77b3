// Taking and giving slots.
#include "kernel/memory/slab.h"

namespace memory {

std::span<std::byte> Slab::take() {
    // [lab 3: take a slot]
    std::size_t word = 0;
    while (bits_[word] == ~std::uint64_t{0}) ++word;
    const auto bit = static_cast<std::size_t>(std::countr_one(bits_[word]));
    bits_[word] |= std::uint64_t{1} << bit;
    ++used_;
    return slot(word * 64 + bit);
    // [/lab]
}

void Slab::give(std::span<const std::byte> slot) {
    const std::size_t number = number_of(slot.data());
    bits_[number / 64] &= ~(std::uint64_t{1} << number % 64);
    --used_;
}

std::expected<std::span<std::byte>, abi::Error> Slab::slot_at(const void* pointer) {
    const std::size_t number = number_of(pointer);
    if (number >= capacity() || slot(number).data() != pointer)
        return std::unexpected(abi::Error::misaligned);
    if ((bits_[number / 64] >> number % 64 & 1) == 0) return std::unexpected(abi::Error::already_freed);
    return slot(number);
}

std::span<std::byte> Slab::slot(std::size_t number) {
    std::byte* first = reinterpret_cast<std::byte*>(this) + first_slot_of(size_class_);
    return {first + number * slot_size(), slot_size()};
}

/// An address before the first slot wraps to a number far above any capacity.
std::size_t Slab::number_of(const void* slot) const {
    const std::uintptr_t first = reinterpret_cast<std::uintptr_t>(this) + first_slot_of(size_class_);
    return (reinterpret_cast<std::uintptr_t>(slot) - first) / slot_size();
}

} // namespace memory
