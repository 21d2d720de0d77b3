// Messages as C++ functions: the calls of kernel/abi/message.h.
#pragma once

#include "kernel/abi/message.h"
#include "user/lib/calls.h"

namespace trivium {

using abi::Envelope;
using abi::MessageInformation;
using abi::MessageWords;

/// What was received.
struct Message {
    MessageInformation information{};
    std::uint64_t badge = 0; ///< Of the capability that the sender used.
    MessageWords words{};
};

namespace call {

/// Makes one of the calls that take a message, or give one, or both. Inline to the last, so that words stay
/// in registers all the way: in memory GCC would move them by floating-point registers, which a thread that
/// only talks need not have.
template <abi::SystemCall number>
[[gnu::always_inline]] inline Result<Message> exchange(std::uint64_t first, MessageInformation information,
                                                       const MessageWords& words) {
    const machine::MessageResult result = machine::message_call(
        static_cast<std::uint64_t>(number), first, information.bits, words[0], words[1], words[2], words[3]);
    if (result.status != 0) return std::unexpected(static_cast<Error>(result.status));
    return Message{{result.information}, result.badge, result.words};
}

/// The same with an envelope: for bytes, capabilities, and a time limit.
template <abi::SystemCall number>
[[gnu::always_inline]] inline Result<Message> exchange(std::uint64_t first, MessageInformation information,
                                                       Envelope& envelope) {
    information.bits |= MessageInformation::enveloped;
    return exchange<number>(first, information, MessageWords{to_word(&envelope)});
}

[[gnu::always_inline]] inline Result<void> without_message(const Result<Message>& result) {
    if (!result) return std::unexpected(result.error());
    return {};
}

[[gnu::always_inline]] inline Result<void> send(Handle to, const MessageWords& words,
                                                MessageInformation information = {}) {
    return without_message(exchange<SystemCall::send>(to_word(to), information, words));
}

inline Result<void> send(Handle to, Envelope& envelope, MessageInformation information) {
    return without_message(exchange<SystemCall::send>(to_word(to), information, envelope));
}

[[gnu::always_inline]] inline Result<Message> receive(Handle from, MessageInformation information = {}) {
    return exchange<SystemCall::receive>(to_word(from), information, MessageWords{});
}

inline Result<Message> receive(Handle from, Envelope& envelope, MessageInformation information = {}) {
    return exchange<SystemCall::receive>(to_word(from), information, envelope);
}

[[gnu::always_inline]] inline Result<Message> call(Handle to, const MessageWords& words) {
    return exchange<SystemCall::call>(to_word(to), {}, words);
}

inline Result<Message> call(Handle to, Envelope& envelope, MessageInformation information) {
    return exchange<SystemCall::call>(to_word(to), information, envelope);
}

/// Answers the call that was received last, or one that was kept.
[[gnu::always_inline]] inline Result<void> reply(const MessageWords& words, std::uint64_t kept = 0) {
    return without_message(exchange<SystemCall::reply>(kept, {}, words));
}

inline Result<void> reply(Envelope& envelope, MessageInformation information, std::uint64_t kept = 0) {
    return without_message(exchange<SystemCall::reply>(kept, information, envelope));
}

[[gnu::always_inline]] inline Result<Message> reply_receive(Handle from, const MessageWords& words) {
    return exchange<SystemCall::reply_receive>(to_word(from), {}, words);
}

inline Result<Message> reply_receive(Handle from, Envelope& envelope, MessageInformation information) {
    return exchange<SystemCall::reply_receive>(to_word(from), information, envelope);
}

} // namespace call
} // namespace trivium
