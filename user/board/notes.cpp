// Pinning, reading, removing.
#include "user/board/notes.h"

#include <algorithm>

namespace board {

const Notes::Note* Notes::find(std::string_view name) const {
    const auto found = std::ranges::find(notes_, name, [](const Note& note) { return note.name.view(); });
    return found == notes_.end() ? nullptr : &*found;
}

Notes::Note* Notes::find(std::string_view name) {
    return const_cast<Note*>(static_cast<const Notes&>(*this).find(name));
}

std::size_t Notes::count_of(std::uint64_t author) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        notes_, [author](const Note& note) { return note.author == author && !note.name.view().empty(); }));
}

Result<void> Notes::pin(std::uint64_t author, std::string_view name, std::string_view text) {
    if (name.empty() || name.size() > trivium::longest_note_name || text.size() > trivium::longest_note)
        return std::unexpected(Error::invalid_argument);
    Note* note = find(name);
    if (note != nullptr && note->author != author) return std::unexpected(Error::occupied);
    if (note == nullptr) {
        note = find({});
        if (note == nullptr || count_of(author) == most_of_one) return std::unexpected(Error::limit_reached);
    }
    *note = {author, name, text};
    return {};
}

Result<std::string_view> Notes::read(std::string_view name) const {
    const Note* const note = name.empty() ? nullptr : find(name);
    if (note == nullptr) return std::unexpected(Error::not_found);
    return note->text.view();
}

Result<void> Notes::remove(std::uint64_t author, std::string_view name) {
    Note* const note = name.empty() ? nullptr : find(name);
    if (note == nullptr) return std::unexpected(Error::not_found);
    if (note->author != author) return std::unexpected(Error::not_permitted);
    *note = {};
    return {};
}

} // namespace board
