// The entropy pool: gathers random bytes, in pieces as small as they come, until there are enough for a seed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/random/chacha20.h"

namespace randomness {

/// Each byte counts as eight bits of entropy, for that is what virtio promises (1.2, 5.4). Bytes beyond a
/// seed's worth are stirred in by ChaCha20, so that equal ones do not cancel each other out.
class Pool {
public:
    static constexpr std::size_t seed_size = sizeof(Key);

    void mix(std::span<const std::byte> bytes);

    /// How many bytes were mixed in since the last seed was taken.
    std::size_t collected() const { return collected_; }

    bool has_seed() const { return collected_ >= seed_size; }

    /// Takes a seed out and leaves the pool empty. Only when has_seed().
    Key take_seed();

private:
    void stir();

    Key state_{};
    std::size_t collected_ = 0;
};

} // namespace randomness
