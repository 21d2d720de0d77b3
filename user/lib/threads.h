// Threads as `ps` and `top` show them.
#pragma once

#include <string_view>

#include "kernel/abi/inspect.h"
#include "kernel/base/text.h"
#include "kernel/base/time.h"

namespace trivium {

constexpr std::string_view name(abi::ThreadState state) {
    switch (state) {
    case abi::ThreadState::ready: return "ready";
    case abi::ThreadState::running: return "running";
    case abi::ThreadState::waiting: return "waiting";
    case abi::ThreadState::sleeping: return "sleeping";
    case abi::ThreadState::suspended: return "suspended";
    case abi::ThreadState::ended: return "ended";
    }
    return "?";
}

/// Seconds with a fraction of three digits.
inline base::Text<32> in_seconds(base::Nanoseconds time) {
    const std::uint64_t milliseconds = time.value / 1'000'000;
    return base::Text<32>::of("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
}

} // namespace trivium
