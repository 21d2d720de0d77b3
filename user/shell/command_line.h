// A command line, taken apart: commands, words, quotes, `$?`, `&` and `;`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "kernel/base/text.h"

namespace shell {

/// Words are separated by blanks; '…' and "…" make one word of what is between them. `$?` outside of '…'
/// becomes the last exit code. `;` ends a command, and so does `&`, which asks for the background.
class CommandLine {
public:
    static constexpr std::size_t most_words = 32;

    CommandLine() = default;
    CommandLine(const CommandLine&) = delete; // Words point into it.
    CommandLine& operator=(const CommandLine&) = delete;

    /// Takes the first command off `line`, and apart; what was there before is gone. Fails with a message
    /// that says what to do.
    std::expected<void, std::string_view> parse_next(std::string_view& line, std::int64_t last_code);

    /// None if the line was empty. Valid until the next parse_next().
    std::span<const std::string_view> words() const { return {words_.data(), count_}; }

    bool background() const { return background_; }

private:
    std::expected<void, std::string_view> parse_word(std::string_view& rest, std::int64_t last_code);
    std::size_t expand(std::string_view rest, std::int64_t last_code);

    base::Text<1024> text_; ///< The words, one behind the other.
    std::array<std::string_view, most_words> words_{};
    std::size_t count_ = 0;
    bool background_ = false;
};

} // namespace shell
