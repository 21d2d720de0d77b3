// What the threads of stress do.
#pragma once

#include <cstdint>

#include "kernel/base/pseudo_random.h"
#include "user/lib/result.h"

namespace stress {

/// How operations have gone.
struct Tally {
    std::uint64_t operations = 0;
    std::uint64_t limited = 0; ///< By a quota, or for want of memory: that is as it should be.
    std::uint64_t failed = 0;

    void add(const Tally& other) {
        operations += other.operations;
        limited += other.limited;
        failed += other.failed;
    }
};

/// Does one thing, which is undone when it returns; prints what failed.
void operate(base::PseudoRandom& random, Tally& tally);

} // namespace stress
