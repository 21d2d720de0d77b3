// Takes requests, one after the other.
#include "user/init/name_server.h"

#include <array>

namespace init {

using namespace trivium;

struct NameServer::Request {
    std::uint64_t badge = 0;
    MessageWords words{};
    std::string_view name;
    Owned capability;
};

struct NameServer::Answer {
    Result<void> outcome;
    Owned capability{};
    ServiceRecord record{};
    std::uint64_t record_size = 0;
};

namespace {

constexpr Rights asking = right::write | right::call | right::transfer | right::grant;

std::uint64_t permission_for(NameRequest request) {
    switch (request) {
    case NameRequest::look_up:
    case NameRequest::list: return name_permission::look_up;
    case NameRequest::offer: return name_permission::offer;
    default: return name_permission::manage;
    }
}

bool is_name(std::string_view name) { return !name.empty() && name.size() < abi::name_length; }

Result<void> reply(const Result<void>& outcome, Handle capability, std::string_view bytes) {
    Envelope envelope{.words = {status_of(outcome)}, .data = call::to_word(bytes.data())};
    envelope.sent[0] = {.handle = capability, .rights = asking};
    return call::reply(envelope, MessageInformation::of(bytes.size(), capability ? 1 : 0));
}

} // namespace

/// A reply that a client cannot take is his loss.
Error NameServer::serve() {
    std::array<char, abi::name_length> bytes;
    for (;;) {
        Envelope envelope{.room = call::to_word(bytes.data()), .room_size = bytes.size(), .accepted = 1};
        const auto message = call::receive(endpoint_, envelope);
        if (!message) return message.error();
        Owned capability(message->information.capabilities() > 0 ? envelope.received[0] : Handle{});
        if (!message->information.has(MessageInformation::call)) continue;
        const Answer made = answer({.badge = message->badge,
                                    .words = message->words,
                                    .name = {bytes.data(), message->information.bytes()},
                                    .capability = std::move(capability)});
        const std::string_view record(reinterpret_cast<const char*>(&made.record), made.record_size);
        (void)reply(made.outcome, made.capability.get(), record);
    }
}

NameServer::Answer NameServer::answer(Request request) {
    const auto wanted = static_cast<NameRequest>(request.words[0]);
    const std::uint64_t badge = request.words[1];
    if ((request.badge & permission_for(wanted)) == 0) return {std::unexpected(Error::not_permitted)};
    if (wanted == NameRequest::list) return list(badge);
    if (!is_name(request.name)) return {std::unexpected(Error::invalid_argument)};
    switch (wanted) {
    case NameRequest::look_up:
        if (badge != 0 && (request.badge & name_permission::choose) == 0)
            return {std::unexpected(Error::not_permitted)};
        return look_up(request.name, badge);
    case NameRequest::offer: return offer(request.name, std::move(request.capability));
    default: return control(wanted, request.name);
    }
}

NameServer::Answer NameServer::look_up(std::string_view name, std::uint64_t badge) {
    const Locked locked(catalogue_.mutex());
    Service* const service = catalogue_.find(name);
    if (service == nullptr) return {std::unexpected(Error::not_found)};
    auto derived = service->derive(asking, badge != 0 ? badge : catalogue_.new_badge());
    if (!derived) return {std::unexpected(derived.error())};
    return {.outcome = {}, .capability = std::move(*derived)};
}

NameServer::Answer NameServer::offer(std::string_view name, Owned endpoint) {
    const Locked locked(catalogue_.mutex());
    return {catalogue_.offer(name, std::move(endpoint))};
}

NameServer::Answer NameServer::list(std::uint64_t index) {
    const Locked locked(catalogue_.mutex());
    const Service* const service = catalogue_.at(index);
    if (service == nullptr) return {std::unexpected(Error::not_found)};
    return {.outcome = {}, .record = service->record(), .record_size = sizeof(ServiceRecord)};
}

NameServer::Answer NameServer::control(NameRequest request, std::string_view name) {
    const Locked locked(catalogue_.mutex());
    Service* const service = catalogue_.find(name);
    if (service == nullptr) return {std::unexpected(Error::not_found)};
    switch (request) {
    case NameRequest::start: return {service->start()};
    case NameRequest::stop: return {service->stop()};
    case NameRequest::restart: return {service->restart()};
    default: return {std::unexpected(Error::unsupported)};
    }
}

} // namespace init
