// The digest of State: the sum, modulo 2^64, of a hash of each word at its place. A change of a word changes
// the sum by the difference of two hashes, so that keeping it up to date costs what was changed, and no more.
//
// It tells States apart that differ by accident; it is no seal against somebody who wants them to collide.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace axiom {

/// Of a word at a place; 0 for a word that is 0, so that what is empty does not count. Multiplication carries
/// a word's low bits up, the shifts bring its high bits down.
constexpr std::uint64_t word_hash(std::uint64_t place, std::uint64_t word) {
    word = (word ^ word >> 32) * ((2 * place + 1) * 0x9e37'79b9'7f4a'7c15);
    return (word ^ word >> 32) * 0xd6e8'feb8'6659'fd93;
}

/// The word at an address that is aligned to 8, whatever it is the bytes of. (The builtin: a freestanding
/// compiler takes std::memcpy for a call.)
inline std::uint64_t load_word(const void* address) {
    std::uint64_t word;
    __builtin_memcpy(&word, std::assume_aligned<8>(address), sizeof(word));
    return word;
}

inline void store_word(void* address, std::uint64_t word) {
    __builtin_memcpy(std::assume_aligned<8>(address), &word, sizeof(word));
}

/// The digest of bytes from place 0 on, a whole number of words.
std::uint64_t digest_of(std::span<const std::byte> bytes);

} // namespace axiom
