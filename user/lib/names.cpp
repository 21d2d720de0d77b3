// Requests to the name service.
#include "user/lib/names.h"

namespace trivium {
namespace {

/// A request about a name, with what else its envelope has.
Result<Message> ask_names(std::string_view name, Envelope& envelope, std::uint64_t capabilities = 0) {
    const auto names = open("names");
    if (!names) return std::unexpected(names.error());
    envelope.data = call::to_word(name.data());
    return ask(names->get(), envelope, MessageInformation::of(name.size(), capabilities));
}

} // namespace

Result<Owned> look_up(std::string_view name, std::uint64_t badge) {
    Envelope envelope{.words = {call::to_word(NameRequest::look_up), badge}, .accepted = 1};
    const auto reply = ask_names(name, envelope);
    if (!reply) return std::unexpected(reply.error());
    if (reply->information.capabilities() != 1) return std::unexpected(Error::corrupt);
    return Owned(envelope.received[0]);
}

Result<void> offer(std::string_view name, Handle endpoint) {
    Envelope envelope{.words = {call::to_word(NameRequest::offer)}};
    envelope.sent[0] = {.handle = endpoint,
                        .rights = right::write | right::call | right::transfer | right::grant};
    return call::without_message(ask_names(name, envelope, 1));
}

Result<ServiceRecord> service_record(std::uint64_t index) {
    ServiceRecord record;
    Envelope envelope{.words = {call::to_word(NameRequest::list), index},
                      .room = call::to_word(&record),
                      .room_size = sizeof record};
    const auto reply = ask_names({}, envelope);
    if (!reply) return std::unexpected(reply.error());
    return record;
}

Result<void> control_service(NameRequest request, std::string_view name) {
    Envelope envelope{.words = {call::to_word(request)}};
    return call::without_message(ask_names(name, envelope));
}

} // namespace trivium
