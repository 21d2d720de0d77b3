// The kernel's command line: words, or key=value pairs, separated by spaces.
#pragma once

#include <algorithm>
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

} // namespace base
