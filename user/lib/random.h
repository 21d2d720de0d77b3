// What the rng service is asked, and how it answers: a call whose first word says how many bytes; the reply
// brings them, or an error in its first word.
#pragma once

#include <cstddef>
#include <span>

#include "user/lib/message.h"

namespace trivium {

inline constexpr std::size_t most_random_bytes = 256; ///< In one call.

/// Fills 1 to most_random_bytes bytes. Error::unanswered: the service has ended meanwhile;
/// Error::invalid_argument; Error::would_block: too many others ask; Error::timed_out.
inline Result<void> fill_random(Handle service, std::span<std::byte> bytes, std::uint64_t deadline = never) {
    Envelope envelope{.words = {bytes.size()},
                      .deadline = deadline,
                      .room = call::to_word(bytes.data()),
                      .room_size = static_cast<std::uint32_t>(bytes.size())};
    const auto answer = call::call(service, envelope, {});
    if (!answer) return std::unexpected(answer.error());
    if (answer->information.bytes() == bytes.size()) return {};
    return std::unexpected(static_cast<Error>(answer->words[0]));
}

} // namespace trivium
