// The notes themselves: who has pinned which text under which name. Knows nothing of messages.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "kernel/base/text.h"
#include "user/lib/board.h"

namespace board {

using trivium::Error, trivium::Result;

class Notes {
public:
    static constexpr std::size_t most = 32;
    static constexpr std::size_t most_of_one = 8; ///< So that one client leaves room for others.

    /// Pins a note, in the place of the author's own of that name. Errors as of pin_note().
    Result<void> pin(std::uint64_t author, std::string_view name, std::string_view text);

    /// Valid until the next change. Error::not_found.
    Result<std::string_view> read(std::string_view name) const;

    /// Errors as of remove_note().
    Result<void> remove(std::uint64_t author, std::string_view name);

private:
    struct Note {
        std::uint64_t author = 0;
        base::Text<trivium::longest_note_name> name; ///< Empty: a free place.
        base::Text<trivium::longest_note> text;
    };

    const Note* find(std::string_view name) const;
    Note* find(std::string_view name);
    std::size_t count_of(std::uint64_t author) const;

    std::array<Note, most> notes_{};
};

} // namespace board
