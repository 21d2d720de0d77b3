// Times as system calls take them.
#pragma once

#include <optional>

#include "kernel/base/time.h"

namespace calls {

/// Nothing for the word that stands for a time that never comes.
inline std::optional<base::Nanoseconds> to_deadline(std::uint64_t word) {
    if (word == ~std::uint64_t{0}) return std::nullopt;
    return base::Nanoseconds{word};
}

} // namespace calls
