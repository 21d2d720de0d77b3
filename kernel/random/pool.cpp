// Mixing: XOR into the place of the next byte, and ChaCha20 over the whole whenever the last place was
// reached.
#include "kernel/random/pool.h"

#include <algorithm>

#include "kernel/random/erase.h"

namespace randomness {

void Pool::mix(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) {
        state_[collected_ % seed_size] ^= byte;
        if (++collected_ % seed_size == 0) stir();
    }
}

Key Pool::take_seed() {
    stir();
    const Key seed = state_;
    erase(state_);
    collected_ = 0;
    return seed;
}

/// One block of the keystream whose key is the state: easy forwards, and not to be undone.
void Pool::stir() {
    Block block;
    chacha20_block(state_, 0, {}, block);
    std::ranges::copy(std::span(block).first<sizeof(state_)>(), state_.begin());
    erase(block);
}

} // namespace randomness
