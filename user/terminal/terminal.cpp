// Requests, and what is typed, one after the other.
#include "user/terminal/terminal.h"

#include <algorithm>

#include "user/lib/print.h"

namespace terminal {

using namespace trivium;

namespace {

constexpr char control_c = 0x03;

MessageWords refuse(Error error) { return {static_cast<std::uint64_t>(error)}; }

/// Answers later: the reply to the call that was received last is kept.
std::optional<MessageWords> keep(std::optional<std::uint64_t>& reply) {
    const auto kept = call::keep_reply();
    if (!kept) return refuse(kept.error());
    reply = *kept;
    return {};
}

std::uint64_t permission_for(TerminalRequest request) {
    switch (request) {
    case TerminalRequest::write: return terminal_permission::output;
    case TerminalRequest::read: return terminal_permission::input;
    default: return terminal_permission::control;
    }
}

} // namespace

Terminal::Answer Terminal::on_request(const Message& message, Attachments attachments) {
    const auto request = static_cast<TerminalRequest>(message.words[0]);
    if ((message.badge & permission_for(request)) == 0) return refuse(Error::not_permitted);
    switch (request) {
    case TerminalRequest::write: return write(attachments.bytes);
    case TerminalRequest::read: return read(message.words[1]);
    case TerminalRequest::read_line: return read_line(attachments.bytes);
    case TerminalRequest::set_foreground: return set_foreground(std::move(attachments.capability));
    case TerminalRequest::attend: return attend();
    }
    return refuse(Error::unsupported);
}

Terminal::Answer Terminal::write(std::string_view bytes) {
    const auto written = write_all(console_, bytes);
    return MessageWords{status_of(written), bytes.size()};
}

Terminal::Answer Terminal::read(std::uint64_t room) {
    if (room == 0) return MessageWords{};
    if (reader_count_ == most_readers) return refuse(Error::would_block);
    const auto reply = call::keep_reply();
    if (!reply) return refuse(reply.error());
    readers_[reader_count_++] = {*reply, room};
    serve_readers();
    return {};
}

/// Whoever has waited for one has ended, or should have known better.
Terminal::Answer Terminal::read_line(std::string_view prompt) {
    if (line_) (void)call::reply(refuse(Error::cancelled), *line_);
    dismiss_readers();
    foreground_ = Owned();
    interrupted_ = false;
    auto answer = keep(line_);
    if (!line_) return answer;
    editor_.restart();
    (void)write_all(console_, prompt);
    while (line_ && !type_ahead_.is_empty()) feed(type_ahead_.take());
    return {};
}

Terminal::Answer Terminal::set_foreground(Owned process) {
    dismiss_readers();
    foreground_ = std::move(process);
    if (foreground_ && interrupted_) end_foreground();
    interrupted_ = false;
    return MessageWords{};
}

/// The reply is kept, and never given: with this process it goes.
Terminal::Answer Terminal::attend() {
    std::optional<std::uint64_t> reply;
    return keep(reply);
}

void Terminal::on_typed(std::string_view characters) {
    for (const char character : characters) {
        if (character == control_c)
            interrupt();
        else if (line_)
            feed(character);
        else
            type_ahead_.add(character);
    }
    serve_readers();
}

/// What was typed ahead goes, too.
void Terminal::interrupt() {
    type_ahead_.clear();
    if (line_) return feed(control_c);
    if (foreground_) return end_foreground();
    interrupted_ = true;
}

/// Or it has just ended by itself.
void Terminal::end_foreground() { (void)call::kill(foreground_.get(), interrupted_code); }

void Terminal::feed(char character) {
    using Event = base::LineEditor::Event;
    Output echo(console_);
    const Event event = editor_.feed(character, echo.sink());
    echo.flush(); // Before what the line brings about is shown.
    switch (event) {
    case Event::none: return;
    case Event::submitted: return end_line(LineEnd::submitted);
    case Event::too_long: return end_line(LineEnd::too_long);
    case Event::cancelled: return end_line(LineEnd::cancelled);
    }
}

void Terminal::end_line(LineEnd end) {
    const std::string_view line = end == LineEnd::submitted ? editor_.line() : std::string_view();
    Envelope envelope{.words = {0, static_cast<std::uint64_t>(end)}, .data = call::to_word(line.data())};
    (void)call::reply(envelope, MessageInformation::of(line.size(), 0), *line_);
    line_.reset();
}

void Terminal::serve_readers() {
    while (reader_count_ > 0 && !type_ahead_.is_empty()) {
        serve(readers_.front());
        std::shift_left(readers_.begin(), readers_.end(), 1);
        --reader_count_;
    }
}

/// Who has ended meanwhile, or has less room than it said, gets nothing: that is for the next one.
void Terminal::serve(const Reader& reader) {
    std::array<char, 256> characters;
    const std::size_t count =
        type_ahead_.peek(std::span(characters).first(std::min(characters.size(), reader.room)));
    Envelope envelope{.data = call::to_word(characters.data())};
    if (call::reply(envelope, MessageInformation::of(count, 0), reader.reply)) type_ahead_.drop(count);
}

/// They belong to a program that is in the foreground no longer.
void Terminal::dismiss_readers() {
    for (const Reader& reader : std::span(readers_).first(reader_count_))
        (void)call::reply(refuse(Error::cancelled), reader.reply);
    reader_count_ = 0;
}

} // namespace terminal
