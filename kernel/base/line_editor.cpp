// Line editing on a plain terminal: echo, backspace, and redrawing of what lies behind the cursor.
#include "kernel/base/line_editor.h"

#include <algorithm>

namespace base {
namespace {

constexpr char control(char letter) { return static_cast<char>(letter & 0x1f); }

constexpr char escape = 0x1b;
constexpr char rubout = 0x7f;
constexpr std::string_view bell = "\a";

void repeat(std::string_view text, std::size_t count, Sink echo) {
    for (; count > 0; --count) echo(text);
}

} // namespace

LineEditor::Event LineEditor::feed(char character, Sink echo) {
    const bool completes_return = after_return_ && character == '\n';
    after_return_ = character == '\r';
    if (completes_return) return Event::none;
    if (escape_ != Escape::none) {
        escape_sequence(character, echo);
        return Event::none;
    }
    switch (character) {
    case '\r':
    case '\n':
        echo("\n");
        submitted_ = !overflowed_;
        return overflowed_ ? Event::too_long : Event::submitted;
    case control('C'): echo("^C\n"); return Event::cancelled;
    case control('A'): move_to(0, echo); break;
    case control('E'): move_to(size_, echo); break;
    case control('U'): replace("", echo); break;
    case control('K'): erase_to_end(echo); break;
    case '\b':
    case rubout: backspace(echo); break;
    case escape: escape_ = Escape::seen_escape; break;
    default: insert(character, echo); break;
    }
    return Event::none;
}

void LineEditor::restart() {
    if (submitted_) remember();
    size_ = cursor_ = recalled_ = 0;
    overflowed_ = submitted_ = false;
}

void LineEditor::insert(char character, Sink echo) {
    if (character < ' ' || character > '~') return;
    if (size_ == length_limit) {
        overflowed_ = true;
        echo(bell);
        return;
    }
    std::copy_backward(characters_.begin() + cursor_, characters_.begin() + size_,
                       characters_.begin() + size_ + 1);
    characters_[cursor_] = character;
    ++size_;
    echo({&character, 1});
    ++cursor_;
    show_tail(0, echo);
}

void LineEditor::backspace(Sink echo) {
    overflowed_ = false;
    if (cursor_ == 0) return;
    std::copy(characters_.begin() + cursor_, characters_.begin() + size_, characters_.begin() + cursor_ - 1);
    --size_;
    move_to(cursor_ - 1, echo);
    show_tail(1, echo);
}

void LineEditor::erase_to_end(Sink echo) {
    const std::size_t erased = size_ - cursor_;
    size_ = cursor_;
    overflowed_ = false;
    show_tail(erased, echo);
}

/// ESC [ A to D are the arrow keys (ECMA-48 8.3.22, 8.3.19, 8.3.20, 8.3.18).
void LineEditor::escape_sequence(char character, Sink echo) {
    if (escape_ == Escape::seen_escape) {
        escape_ = character == '[' ? Escape::seen_bracket : Escape::none;
        return;
    }
    const bool is_parameter = character >= '0' && character <= '?';
    if (is_parameter) return;
    escape_ = Escape::none;
    switch (character) {
    case 'A': recall(recalled_ + 1, echo); break;
    case 'B': recall(recalled_ == 0 ? 0 : recalled_ - 1, echo); break;
    case 'C': move_to(std::min(cursor_ + 1, size_), echo); break;
    case 'D': move_to(cursor_ == 0 ? 0 : cursor_ - 1, echo); break;
    default: break;
    }
}

/// Shows the `age`-th last line of the history; 0 is a new, empty one.
void LineEditor::recall(std::size_t age, Sink echo) {
    if (age > std::min(history_count_, history_limit)) return;
    recalled_ = age;
    replace(age == 0 ? std::string_view{} : history_[(history_count_ - age) % history_limit].view(), echo);
}

void LineEditor::replace(std::string_view text, Sink echo) {
    move_to(0, echo);
    erase_to_end(echo);
    std::ranges::copy(text, characters_.begin());
    size_ = cursor_ = text.size();
    echo(text);
}

void LineEditor::move_to(std::size_t position, Sink echo) {
    if (position < cursor_) repeat("\b", cursor_ - position, echo);
    if (position > cursor_) echo(line().substr(cursor_, position - cursor_));
    cursor_ = position;
}

/// Draws what lies behind the cursor and `blanks` over what has gone, and leaves the terminal's cursor where
/// it was.
void LineEditor::show_tail(std::size_t blanks, Sink echo) {
    echo(line().substr(cursor_));
    repeat(" ", blanks, echo);
    repeat("\b", size_ - cursor_ + blanks, echo);
}

void LineEditor::remember() {
    const bool is_blank = line().find_first_not_of(' ') == std::string_view::npos;
    const bool is_repeated =
        history_count_ > 0 && history_[(history_count_ - 1) % history_limit].view() == line();
    if (is_blank || is_repeated) return;
    history_[history_count_++ % history_limit] = Line(line());
}

} // namespace base
