// A line as it is typed: editing keys, cursor, and a history. Knows nothing of the console but the sink that
// shows the echo.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "kernel/base/format.h"
#include "kernel/base/text.h"

namespace base {

class LineEditor {
public:
    static constexpr std::size_t length_limit = 120;
    static constexpr std::size_t history_limit = 16;

    enum class Event {
        none,      ///< Go on feeding.
        submitted, ///< Enter: line() holds what was typed.
        too_long,  ///< Enter, but more was typed than a line can hold: nothing is to be executed.
        cancelled, ///< Ctrl-C.
    };

    /// Takes one typed character and echoes its effect. Printable characters are inserted at the cursor;
    /// backspace, the arrow keys, Ctrl-A, -E, -U, -K, -C and Enter (CR, LF or both) do what they do in any
    /// shell; others are ignored.
    Event feed(char character, Sink echo);

    /// The finished line; valid until the next feed().
    std::string_view line() const { return {characters_.data(), size_}; }

    /// Starts a new, empty line; a submitted one that is not blank goes into the history.
    void restart();

private:
    enum class Escape { none, seen_escape, seen_bracket };
    using Line = Text<length_limit>;

    void insert(char character, Sink echo);
    void backspace(Sink echo);
    void erase_to_end(Sink echo);
    void escape_sequence(char character, Sink echo);
    void recall(std::size_t age, Sink echo);
    void replace(std::string_view text, Sink echo);
    void move_to(std::size_t position, Sink echo);
    void show_tail(std::size_t blanks, Sink echo);
    void remember();

    std::array<char, length_limit> characters_{};
    std::size_t size_ = 0;
    std::size_t cursor_ = 0;
    bool overflowed_ = false;
    bool after_return_ = false;
    bool submitted_ = false;
    Escape escape_ = Escape::none;
    std::array<Line, history_limit> history_{}; ///< A ring; history_count_ lines were ever remembered.
    std::size_t history_count_ = 0;
    std::size_t recalled_ = 0; ///< How far back in the history the line shown is; 0: not from there.
};

} // namespace base
