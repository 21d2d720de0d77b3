// The ChaCha20 block function (RFC 8439, 2.1 to 2.3): from a key, a counter and a nonce, 64 bytes that nobody
// without the key can tell from random ones.
//
//     constant  constant  constant  constant       16 words; 20 rounds, alternately down the columns and
//     key       key       key       key            along the diagonals, each of four quarter rounds; then
//     key       key       key       key            the beginning is added, so that nobody can go back
//     counter   nonce     nonce     nonce
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace randomness {

using ChaCha20State = std::array<std::uint32_t, 16>;
using Key = std::array<std::byte, 32>;
using Nonce = std::array<std::byte, 12>;
using Block = std::array<std::byte, 64>;

/// Mixes the four words of `state` that have these indices (2.1).
void quarter_round(ChaCha20State& state, unsigned a, unsigned b, unsigned c, unsigned d);

/// Writes block number `counter` of the keystream (2.3).
void chacha20_block(const Key& key, std::uint32_t counter, const Nonce& nonce,
                    std::span<std::byte, sizeof(Block)> keystream);

} // namespace randomness
