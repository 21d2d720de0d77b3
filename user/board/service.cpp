// Takes requests apart, and answers them.
#include "user/board/service.h"

#include <algorithm>

namespace board {

using namespace trivium;

namespace {

Result<void> answer_with(std::string_view text, std::uint64_t kept = 0) {
    Envelope envelope{.data = call::to_word(text.data())};
    return call::reply(envelope, MessageInformation::of(text.size(), 0), kept);
}

} // namespace

/// Who has sent, and not called, hears nothing; who has given up meanwhile, neither.
void Service::on_message(const Message& message, std::string_view bytes) {
    if (!message.information.has(MessageInformation::call)) return;
    if (const auto done = on_request(message, bytes); !done)
        (void)call::reply({static_cast<std::uint64_t>(done.error())});
}

/// Has answered, keeps the reply, or fails with what is to be answered.
Result<void> Service::on_request(const Message& message, std::string_view bytes) {
    switch (static_cast<BoardRequest>(message.words[0])) {
    case BoardRequest::pin: return pin(message.badge, message.words[1], bytes);
    case BoardRequest::read: return read(bytes);
    case BoardRequest::wait: return wait(bytes);
    case BoardRequest::remove:
        if (const auto removed = notes_.remove(message.badge, bytes); !removed) return removed;
        return answer_with({});
    }
    return std::unexpected(Error::unsupported);
}

/// How long the name is the client says, who may lie.
Result<void> Service::pin(std::uint64_t author, std::uint64_t name_size, std::string_view bytes) {
    if (name_size > bytes.size()) return std::unexpected(Error::invalid_argument);
    const std::string_view name = bytes.substr(0, name_size);
    if (const auto pinned = notes_.pin(author, name, bytes.substr(name_size)); !pinned) return pinned;
    if (const auto answered = answer_with({}); !answered) return answered;
    answer_waiting(name);
    return {};
}

Result<void> Service::read(std::string_view name) {
    const auto text = notes_.read(name);
    return text ? answer_with(*text) : std::unexpected(text.error());
}

Result<void> Service::wait(std::string_view name) {
    if (notes_.read(name)) return read(name);
    if (name.empty() || name.size() > longest_note_name) return std::unexpected(Error::invalid_argument);
    const auto place = std::ranges::find(waiting_, std::uint64_t{0}, &Waiting::reply);
    if (place == waiting_.end()) return std::unexpected(Error::would_block);
    const auto reply = call::keep_reply();
    if (!reply) return std::unexpected(reply.error());
    *place = {*reply, name};
    return {};
}

/// Those who have given up leave their places, too: the reply to them fails, and that is all.
void Service::answer_waiting(std::string_view name) {
    const auto text = notes_.read(name);
    for (Waiting& each : waiting_) {
        if (each.reply == 0 || each.name.view() != name) continue;
        if (text) (void)answer_with(*text, each.reply);
        each = {};
    }
}

} // namespace board
