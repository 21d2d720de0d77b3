// Takes a command line apart, character by character.
#include "user/shell/command_line.h"

namespace shell {
namespace {

constexpr bool is_blank(char character) { return character == ' ' || character == '\t'; }

constexpr bool is_end(char character) { return character == '&' || character == ';'; }

void skip_blanks(std::string_view& rest) {
    while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
}

} // namespace

std::expected<void, std::string_view> CommandLine::parse_next(std::string_view& line,
                                                              std::int64_t last_code) {
    text_.clear();
    count_ = 0;
    background_ = false;
    for (skip_blanks(line); !line.empty(); skip_blanks(line)) {
        if (is_end(line.front())) {
            if (count_ == 0) return std::unexpected("there is no command before the `&` or `;`");
            background_ = line.front() == '&';
            line.remove_prefix(1);
            return {};
        }
        if (const auto done = parse_word(line, last_code); !done) return done;
    }
    return {};
}

std::expected<void, std::string_view> CommandLine::parse_word(std::string_view& rest,
                                                              std::int64_t last_code) {
    const std::size_t start = text_.view().size();
    char quote = 0;
    while (!rest.empty()) {
        const char first = rest.front();
        if (quote == 0 && (is_blank(first) || is_end(first))) break;
        if (quote == 0 ? first == '"' || first == '\'' : first == quote) {
            quote = quote == 0 ? first : 0;
            rest.remove_prefix(1);
        } else {
            rest.remove_prefix(quote == '\'' ? (text_.append({&first, 1}), 1) : expand(rest, last_code));
        }
    }
    if (quote != 0) return std::unexpected("a quotation is not closed: end it with the mark that began it");
    if (text_.truncated()) return std::unexpected("too long: say it in fewer characters");
    if (count_ == most_words) return std::unexpected("too many words: 32 at most");
    words_[count_++] = text_.view().substr(start);
    return {};
}

/// Appends what the next character, or `$?`, stands for; returns how many characters that was.
std::size_t CommandLine::expand(std::string_view rest, std::int64_t last_code) {
    if (!rest.starts_with("$?")) {
        text_.append(rest.substr(0, 1));
        return 1;
    }
    base::format(text_.sink(), "{}", last_code);
    return 2;
}

} // namespace shell
