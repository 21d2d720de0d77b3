// Reads a manifest, line by line and word by word.
#include "user/lib/manifest.h"

#include <optional>

#include "user/lib/number.h"

namespace trivium {
namespace {

constexpr std::string_view blanks = " \t\r";

/// Takes the next word off `rest`; empty when there is none.
std::string_view take_word(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
    const std::string_view word = rest.substr(0, rest.find_first_of(blanks));
    rest.remove_prefix(word.size());
    return word;
}

std::string_view take_line(std::string_view& text) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line.substr(0, line.find('#'));
}

std::optional<abi::Rights> right_of(std::string_view word) {
    struct Word {
        std::string_view name;
        abi::Rights right;
    };

    static constexpr std::array<Word, 7> words{{{"read", abi::right::read},
                                                {"write", abi::right::write},
                                                {"execute", abi::right::execute},
                                                {"manage", abi::right::manage},
                                                {"grant", abi::right::grant},
                                                {"call", abi::right::call},
                                                {"transfer", abi::right::transfer}}};
    for (const Word& each : words)
        if (each.name == word) return each.right;
    return {};
}

using Outcome = std::expected<void, std::string_view>;

constexpr Outcome too_much = std::unexpected("a word too much");
constexpr Outcome not_a_start = std::unexpected("a program can start at-boot, and else when it is asked for");

bool is_name(std::string_view word) { return !word.empty() && word.size() < abi::name_length; }

} // namespace

std::expected<Manifest, ManifestFault> Manifest::parse(std::string_view text) {
    Manifest manifest;
    for (unsigned number = 1; !text.empty(); ++number)
        if (const auto read = manifest.read_line(take_line(text)); !read)
            return std::unexpected(ManifestFault{number, read.error()});
    return manifest;
}

Manifest::Outcome Manifest::read_line(std::string_view line) {
    const std::string_view key = take_word(line);
    if (key.empty()) return {};
    if (key == "needs") return add_need(Need::Place::named, line);
    if (key == "input") return add_need(Need::Place::input, line);
    if (key == "output") return add_need(Need::Place::output, line);
    const std::string_view word = take_word(line);
    const bool has_more = !take_word(line).empty();
    if (key == "essential") return is_essential_ = true, word.empty() ? Outcome() : too_much;
    if (key == "start")
        return starts_at_boot_ = true, word == "at-boot" && !has_more ? Outcome() : not_a_start;
    if (key == "priority") return has_more ? too_much : set_priority(word);
    if (key == "service") return has_more ? too_much : set_service(word);
    return std::unexpected("neither service, start at-boot, essential, priority, needs, input nor output");
}

Manifest::Outcome Manifest::set_service(std::string_view word) {
    if (!is_name(word)) return std::unexpected("a service has a name of 1 to 31 characters");
    service_ = word;
    return {};
}

Manifest::Outcome Manifest::add_need(Need::Place place, std::string_view rest) {
    Need need{.place = place, .name = take_word(rest)};
    if (!is_name(need.name)) return std::unexpected("what is needed has a name of 1 to 31 characters");
    if (count_ == most_needs) return std::unexpected("more than 16 needs");
    for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest)) {
        if (word == "badge") {
            const auto badge = parse_number(take_word(rest));
            if (!badge || *badge == 0) return std::unexpected("a badge is a number from 1 on");
            need.badge = *badge;
        } else if (const auto right = right_of(word)) {
            need.rights = need.rights | *right;
        } else {
            return std::unexpected("a right is one of read, write, execute, manage, grant, call, transfer");
        }
    }
    if (need.rights.bits == 0) return std::unexpected("needed, but with which rights?");
    needs_[count_++] = need;
    return {};
}

Manifest::Outcome Manifest::set_priority(std::string_view word) {
    const auto priority = parse_number(word);
    if (!priority || *priority > abi::highest_priority)
        return std::unexpected("a priority is a number from 0 to 31");
    priority_ = static_cast<std::uint8_t>(*priority);
    return {};
}

} // namespace trivium
