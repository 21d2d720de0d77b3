// Splitting a command line into words and numbers.
#include "kernel/monitor/command.h"

#include <algorithm>

namespace monitor {

std::string_view Arguments::word() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    const std::string_view word = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(word.size());
    return word;
}

std::optional<std::uint64_t> Arguments::number() {
    constexpr std::size_t digit_limit = 18; // Fewer than 2^64 needs: no overflow to look out for.
    const std::string_view digits = word();
    if (digits.empty() || digits.size() > digit_limit) return {};
    std::uint64_t number = 0;
    for (const char digit : digits) {
        if (digit < '0' || digit > '9') return {};
        number = number * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return number;
}

std::string_view Arguments::rest() const {
    return rest_.substr(std::min(rest_.find_first_not_of(' '), rest_.size()));
}

} // namespace monitor
