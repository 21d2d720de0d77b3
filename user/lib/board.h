// The board service: notes that clients pin up under a name, for everybody to read.
//
//     pin      a name and a text in the bytes; word 1: how long the name is
//     read     a name in the bytes                     the text in the bytes
//     wait     a name in the bytes                     the text, as soon as there is such a note
//     remove   a name in the bytes
//
// Whose a note is tells the badge of the capability that it was pinned through: only through the same may it
// be changed or removed.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "kernel/base/text.h"
#include "user/lib/service.h"

namespace trivium {

enum class BoardRequest : std::uint64_t { pin = 1, read, wait, remove };

inline constexpr std::size_t longest_note_name = 31;
inline constexpr std::size_t longest_note = 200;

/// Errors: invalid_argument (an empty or too long name, a text that is too long), occupied (somebody else's
/// note has that name), limit_reached (the board, or what one client may pin, is full).
inline Result<void> pin_note(Handle board, std::string_view name, std::string_view text) {
    base::Text<longest_note_name + longest_note + 2> bytes(name);
    bytes.append(text);
    Envelope envelope{.words = {call::to_word(BoardRequest::pin), name.size()}};
    return call::without_message(ask(board, envelope, bytes));
}

/// The text in `room`. Error::not_found.
inline Result<std::string_view> ask_for_note(Handle board, BoardRequest request, std::string_view name,
                                             std::span<char> room, std::uint64_t deadline = never) {
    Envelope envelope{.words = {call::to_word(request)},
                      .deadline = deadline,
                      .room = call::to_word(room.data()),
                      .room_size = static_cast<std::uint32_t>(room.size())};
    const auto reply = ask(board, envelope, name);
    if (!reply) return std::unexpected(reply.error());
    return std::string_view(room.data(), reply->information.bytes());
}

/// Errors: not_found; not_permitted: it is somebody else's.
inline Result<void> remove_note(Handle board, std::string_view name) {
    Envelope envelope{.words = {call::to_word(BoardRequest::remove)}};
    return call::without_message(ask(board, envelope, name));
}

} // namespace trivium
