// <mangled-name> ::= _Z <encoding>; of an encoding only the names in it, each with its length before it.
#include "kernel/process/mangled_name.h"

#include <algorithm>
#include <optional>

namespace process {
namespace {

constexpr std::string_view qualifiers = "rVKRO"; // Of the function: restrict, volatile, const, &, &&.

bool is_digit(char character) { return character >= '0' && character <= '9'; }

/// <source-name> ::= <length> <identifier>. Nothing where there is none, or the rest is shorter than it says.
std::optional<std::string_view> take_name(std::string_view& rest) {
    std::size_t length = 0;
    while (!rest.empty() && is_digit(rest.front()) && length < 1000) {
        length = length * 10 + static_cast<std::size_t>(rest.front() - '0');
        rest.remove_prefix(1);
    }
    if (length == 0 || length > rest.size()) return {};
    const std::string_view name = rest.substr(0, length);
    rest.remove_prefix(length);
    return name;
}

} // namespace

base::Text<64> readable_name(std::string_view mangled) {
    if (!mangled.starts_with("_Z")) return mangled;
    std::string_view rest = mangled.substr(2);
    if (rest.starts_with('N')) {
        rest.remove_prefix(1);
        rest.remove_prefix(std::min(rest.find_first_not_of(qualifiers), rest.size()));
    }
    base::Text<64> readable;
    while (const auto name = take_name(rest)) {
        if (!readable.view().empty()) readable.append("::");
        readable.append(name->starts_with("_GLOBAL__N_") ? "(anonymous)" : *name);
        if (mangled[2] != 'N') break;
    }
    return readable.view().empty() ? base::Text<64>(mangled) : readable;
}

} // namespace process
