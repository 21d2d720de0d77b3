// Numbers that somebody typed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace trivium {

/// A decimal number of at most 18 digits, and nothing else but it.
constexpr std::optional<std::uint64_t> parse_number(std::string_view text) {
    if (text.empty() || text.size() > 18) return {};
    std::uint64_t value = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9') return {};
        value = value * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return value;
}

} // namespace trivium
