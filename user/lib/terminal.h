// The terminal service: who may show what, and whom what is typed is for.
//
//     write            bytes to show                            word 1: how many were taken
//     read             word 1: room for bytes                   bytes that were typed, as soon as there are
//     any read_line        a prompt in the bytes                    word 1: a LineEnd; the line in the bytes
//     set_foreground   a process, which Ctrl-C then ends,
//                      or none
//     attend                                                    never: so that its end is noticed
//
// What a client may ask stands in the badge of its capability. A program's standard handles are such
// capabilities; it need not know: see stream.h.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "user/lib/service.h"

namespace trivium {

enum class TerminalRequest : std::uint64_t { write = 1, read, read_line, set_foreground, attend };

/// Bits of the badge.
namespace terminal_permission {
inline constexpr std::uint64_t input = 1;   ///< read
inline constexpr std::uint64_t output = 2;  ///< write
inline constexpr std::uint64_t control = 4; ///< The rest: for the one shell.
} // namespace terminal_permission

inline constexpr std::size_t most_terminal_bytes = 4096; ///< In one request.

/// How reading a line ended.
enum class LineEnd : std::uint64_t {
    submitted, ///< By Enter.
    too_long,  ///< By Enter, with more than a line may hold.
    cancelled, ///< By Ctrl-C.
};

/// What a process that Ctrl-C ends is killed with.
inline constexpr std::int64_t interrupted_code = 130;

struct TypedLine {
    LineEnd end{};
    std::string_view text; ///< In the room that was given.
};

inline Result<std::uint64_t> write_terminal(Handle terminal, std::string_view text) {
    Envelope envelope{.words = {call::to_word(TerminalRequest::write)}};
    const auto reply = ask(terminal, envelope, text.substr(0, most_terminal_bytes));
    if (!reply) return std::unexpected(reply.error());
    return reply->words[1];
}

inline Result<std::uint64_t> read_terminal(Handle terminal, std::span<std::byte> to) {
    const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(to.size(), most_terminal_bytes));
    Envelope envelope{.words = {call::to_word(TerminalRequest::read), size},
                      .room = call::to_word(to.data()),
                      .room_size = size};
    const auto reply = ask(terminal, envelope);
    if (!reply) return std::unexpected(reply.error());
    return reply->information.bytes();
}

/// Shows a prompt and lets a line be edited.
inline Result<TypedLine> read_line(Handle terminal, std::string_view prompt, std::span<char> room) {
    Envelope envelope{.words = {call::to_word(TerminalRequest::read_line)},
                      .room = call::to_word(room.data()),
                      .room_size = static_cast<std::uint32_t>(room.size())};
    const auto reply = ask(terminal, envelope, prompt);
    if (!reply) return std::unexpected(reply.error());
    return TypedLine{static_cast<LineEnd>(reply->words[1]), {room.data(), reply->information.bytes()}};
}

/// From now on Ctrl-C ends that process, of which `process` must let it be killed and be granted; or, with
/// no handle, none. If it was typed since the last line was read, the process ends at once.
inline Result<void> set_foreground(Handle terminal, Handle process) {
    Envelope envelope{.words = {call::to_word(TerminalRequest::set_foreground)}};
    envelope.sent[0] = {.handle = process, .rights = right::write};
    return call::without_message(ask(terminal, envelope, MessageInformation::of(0, process ? 1 : 0)));
}

/// Returns when the service has ended: Error::unanswered when it is there again.
inline Error attend(Handle terminal) {
    Envelope envelope{.words = {call::to_word(TerminalRequest::attend)}};
    const auto reply = ask(terminal, envelope);
    return reply ? Error::gone : reply.error();
}

} // namespace trivium
