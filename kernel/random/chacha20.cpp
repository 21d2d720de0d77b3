// The ChaCha20 block function, as RFC 8439 writes it down.
#include "kernel/random/chacha20.h"

#include <algorithm>
#include <bit>

#include "kernel/random/erase.h"

namespace randomness {
namespace {

static_assert(std::endian::native == std::endian::little, "the words of key and keystream are little-endian");

/// The first words are "expand 32-byte k", which no caller can choose.
ChaCha20State initial_state(const Key& key, std::uint32_t counter, const Nonce& nonce) {
    constexpr std::array<std::uint32_t, 4> constants{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    const auto key_words = std::bit_cast<std::array<std::uint32_t, 8>>(key);
    const auto nonce_words = std::bit_cast<std::array<std::uint32_t, 3>>(nonce);
    ChaCha20State state;
    auto next = std::ranges::copy(constants, state.begin()).out;
    next = std::ranges::copy(key_words, next).out;
    *next++ = counter;
    std::ranges::copy(nonce_words, next);
    return state;
}

void double_round(ChaCha20State& state) {
    for (unsigned column = 0; column < 4; ++column)
        quarter_round(state, column, 4 + column, 8 + column, 12 + column);
    for (unsigned diagonal = 0; diagonal < 4; ++diagonal)
        quarter_round(state, diagonal, 4 + (diagonal + 1) % 4, 8 + (diagonal + 2) % 4,
                      12 + (diagonal + 3) % 4);
}

} // namespace

void quarter_round(ChaCha20State& state, unsigned a, unsigned b, unsigned c, unsigned d) {
    // [lab 7: quarter round]
    const auto step = [&state](unsigned sum, unsigned addend, unsigned turned, int distance) {
        state[sum] += state[addend];
        state[turned] = std::rotl(state[turned] ^ state[sum], distance);
    };
    step(a, b, d, 16);
    step(c, d, b, 12);
    step(a, b, d, 8);
    step(c, d, b, 7);
    // [/lab]
}

void chacha20_block(const Key& key, std::uint32_t counter, const Nonce& nonce,
                    std::span<std::byte, sizeof(Block)> keystream) {
    ChaCha20State initial = initial_state(key, counter, nonce);
    ChaCha20State state = initial;
    // [lab 7: block function]
    constexpr unsigned double_rounds = 10;
    for (unsigned i = 0; i < double_rounds; ++i) double_round(state);
    for (unsigned i = 0; i < state.size(); ++i) state[i] += initial[i];
    // [/lab]
    std::ranges::copy(std::as_bytes(std::span(state)), keystream.begin());
    erase(std::as_writable_bytes(std::span(initial)));
    erase(std::as_writable_bytes(std::span(state)));
}

} // namespace randomness
