// The kernel's command line: words, or key=value pairs, separated by spaces.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

namespace base {

/// The value of the first `key=value` in `line`; empty for a lone `key`; nothing when the key does not occur.
constexpr std::optional<std::string_view> find_option(std::string_view line, std::string_view key) {
    while (!line.empty()) {
        const std::string_view word = line.substr(0, line.find(' '));
        line.remove_prefix(std::min(word.size() + 1, line.size()));
        if (!word.starts_with(key)) continue;
        if (word.size() == key.size()) return word.substr(key.size());
        if (word[key.size()] == '=') return word.substr(key.size() + 1);
    }
    return {};
}

/// The same for a decimal number; nothing when there is none, or more than digits.
constexpr std::optional<std::uint64_t> find_number(std::string_view line, std::string_view key) {
    const auto text = find_option(line, key);
    if (!text || text->empty() || text->size() > 18) return {};
    std::uint64_t number = 0;
    for (const char digit : *text) {
        if (digit < '0' || digit > '9') return {};
        number = number * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return number;
}

} // namespace base
