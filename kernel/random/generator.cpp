// Key erasure: the first bytes of each keystream become the next key, the others are given once.
#include "kernel/random/generator.h"

#include <algorithm>

#include "kernel/random/erase.h"

namespace randomness {

void Generator::seed(const Key& seed) {
    for (std::size_t i = 0; i < key_.size(); ++i) key_[i] ^= seed[i];
    refill();
}

void Generator::fill(std::span<std::byte> out) {
    while (!out.empty()) {
        if (next_ == keystream_.size()) refill();
        const auto ready = std::span(keystream_).subspan(next_);
        const auto given = ready.first(std::min(ready.size(), out.size()));
        std::ranges::copy(given, out.begin());
        erase(given);
        next_ += given.size();
        out = out.subspan(given.size());
    }
}

/// Blocks may be numbered from 0 under the same nonce each time, for no key is ever used twice.
void Generator::refill() {
    for (std::uint32_t i = 0; i < blocks; ++i)
        chacha20_block(key_, i, {}, std::span(keystream_).subspan(i * sizeof(Block)).first<sizeof(Block)>());
    const auto next_key = std::span(keystream_).first<sizeof(Key)>();
    std::ranges::copy(next_key, key_.begin());
    erase(next_key);
    next_ = next_key.size();
}

} // namespace randomness
