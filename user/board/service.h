// The board service: what clients ask, and who waits for which note.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "user/board/notes.h"
#include "user/lib/message.h"

namespace board {

class Service {
public:
    /// Answers a message with these bytes, at once or later.
    void on_message(const trivium::Message& message, std::string_view bytes);

private:
    static constexpr std::size_t most_waiting = 8;

    struct Waiting {
        std::uint64_t reply = 0; ///< 0: a free place; tokens of kept replies begin at 1.
        base::Text<trivium::longest_note_name> name;
    };

    Result<void> on_request(const trivium::Message& message, std::string_view bytes);
    Result<void> pin(std::uint64_t author, std::uint64_t name_size, std::string_view bytes);
    Result<void> read(std::string_view name);
    Result<void> wait(std::string_view name);
    void answer_waiting(std::string_view name);

    Notes notes_;
    std::array<Waiting, most_waiting> waiting_{};
};

} // namespace board
