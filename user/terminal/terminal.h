// Who may show what, and whom what is typed is for.
//
//     at the prompt            characters edit the line; Ctrl-C drops it
//     while a program runs     they wait until it, or the next line, reads them; Ctrl-C ends it
//
// Everything happens in one thread, in the order in which it was typed and asked for: so it is plain which
// line a Ctrl-C drops, and which program it ends.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "kernel/base/line_editor.h"
#include "user/lib/handle.h"
#include "user/lib/terminal.h"
#include "user/terminal/type_ahead.h"

namespace terminal {

using trivium::Handle, trivium::Message, trivium::MessageWords, trivium::Owned, trivium::Result;

/// What came with a message.
struct Attachments {
    std::string_view bytes;
    Owned capability;
};

class Terminal {
public:
    /// The words of a reply that goes at once; none: it goes later, or nobody waits for it.
    using Answer = std::optional<MessageWords>;

    explicit Terminal(Handle console) : console_(console) {}

    Answer on_request(const Message& message, Attachments attachments);

    void on_typed(std::string_view characters);

private:
    static constexpr std::size_t most_readers = 8;

    struct Reader {
        std::uint64_t reply = 0;
        std::size_t room = 0;
    };

    Answer write(std::string_view bytes);
    Answer read(std::uint64_t room);
    Answer read_line(std::string_view prompt);
    Answer set_foreground(Owned process);
    Answer attend();
    void feed(char character);
    void end_line(trivium::LineEnd end);
    void interrupt();
    void end_foreground();
    void serve_readers();
    void serve(const Reader& reader);
    void dismiss_readers();

    Handle console_;
    base::LineEditor editor_;
    TypeAhead type_ahead_;
    std::optional<std::uint64_t> line_; ///< The reply to who waits for a line.
    std::array<Reader, most_readers> readers_{};
    std::size_t reader_count_ = 0;
    Owned foreground_;         ///< The process that Ctrl-C ends.
    bool interrupted_ = false; ///< By Ctrl-C between a line and its program: that is ended at once.
};

} // namespace terminal
