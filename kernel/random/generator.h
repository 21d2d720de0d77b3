// The generator: ChaCha20 with fast key erasure (Bernstein, Fast-key-erasure random-number generators, 2017).
//
//     key ──ChaCha20──> next key │ output that is ready ...
//
// The key that made some output is gone before that output is handed out, and what is handed out is erased
// here: whoever reads this memory later learns nothing of what was given before.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "kernel/random/chacha20.h"

namespace randomness {

class Generator {
public:
    /// Changes the key by `seed`: what comes is secret if either of them is. What was ready is thrown away.
    void seed(const Key& seed);

    /// Fills `out` with random bytes. Only after seed().
    void fill(std::span<std::byte> out);

private:
    void refill();

    static constexpr std::size_t blocks = 8; ///< Of each refill; a sixteenth of it goes into the key.

    Key key_{};
    std::array<std::byte, blocks * sizeof(Block)> keystream_{};
    std::size_t next_ = blocks * sizeof(Block); ///< Where output that is ready begins; all before it is zero.
};

} // namespace randomness
