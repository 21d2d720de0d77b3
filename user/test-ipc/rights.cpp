// Who may do what: each part of talking needs its right.
#include "user/test-ipc/parts.h"
#include "user/test-ipc/talk.h"

namespace test {
namespace {

constexpr MessageInformation one_capability = MessageInformation::of(0, 1);
constexpr MessageInformation one_at_once = MessageInformation::of(0, 1, MessageInformation::immediate);

Envelope with_capability(Handle handle, Rights rights) {
    Envelope envelope;
    envelope.sent[0] = {.handle = handle, .rights = rights};
    return envelope;
}

/// Without anybody on the other side: what is allowed would block.
template <class T>
void is_allowed(const Result<T>& result, std::string_view what) {
    must_fail(result, Error::would_block, what);
}

template <class T>
void is_not_allowed(const Result<T>& result, std::string_view what) {
    must_fail(result, Error::not_permitted, what);
}

void to_send() {
    const Handle endpoint = make_endpoint();
    is_allowed(call::send(with_rights(endpoint, right::write), {}, immediate),
               "send with the right to write");
    is_not_allowed(
        call::send(with_rights(endpoint, right::read | right::call | right::transfer), {}, immediate),
        "send without the right to write");
    must_fail(call::send(make_notification(), {}, immediate), Error::wrong_type, "send to a notification");
}

void to_receive() {
    const Handle endpoint = make_endpoint();
    is_allowed(call::receive(with_rights(endpoint, right::read), immediate),
               "receive with the right to read");
    is_not_allowed(
        call::receive(with_rights(endpoint, right::write | right::call | right::transfer), immediate),
        "receive without the right to read");
    is_not_allowed(call::reply_receive(with_rights(endpoint, right::write), {}), "reply_receive without it");
}

Result<Message> call_at_once(Handle endpoint) {
    Envelope envelope;
    return call::call(endpoint, envelope, immediate);
}

void to_call() {
    const Handle endpoint = make_endpoint();
    is_allowed(call_at_once(with_rights(endpoint, right::write | right::call)),
               "call with the right to call");
    is_allowed(call_at_once(with_rights(endpoint, right::write | right::transfer)),
               "call with that to transfer");
    is_not_allowed(call_at_once(with_rights(endpoint, right::write)), "call with the right to write alone");
    is_not_allowed(call_at_once(with_rights(endpoint, right::call | right::read)),
                   "call without that to write");
}

void to_transfer() {
    const Handle endpoint = make_endpoint();
    Envelope envelope = with_capability(endpoint, right::write);
    is_allowed(call::send(with_rights(endpoint, right::write | right::transfer), envelope, one_at_once),
               "transfer with the right to");
    is_not_allowed(call::send(with_rights(endpoint, right::write | right::call), envelope, one_at_once),
                   "transfer without the right to");
    envelope = with_capability(with_rights(endpoint, right::write), right::write);
    is_not_allowed(call::send(endpoint, envelope, one_at_once), "transfer what may not be granted");
    envelope = with_capability(with_rights(endpoint, right::write | right::grant), right::read);
    is_not_allowed(call::send(endpoint, envelope, one_at_once), "transfer more rights than there are");
    envelope = with_capability({12345, 1}, right::read);
    must_fail(call::send(endpoint, envelope, one_at_once), Error::bad_handle, "transfer nothing");
}

/// A caller with room for a capability; what the reply may bring hangs on the right that it was received by.
void reply_through(Rights receiver, bool may_transfer) {
    const Handle endpoint = make_endpoint();
    const Companion caller([=] {
        Envelope envelope = accepting(1);
        const Message answer = must(call::call(endpoint, envelope, {}), "call");
        require(answer.information.capabilities() == (may_transfer ? 1u : 0u), "capabilities of an answer");
    });
    must(call::receive(with_rights(endpoint, receiver)), "receive");
    Envelope envelope = with_capability(endpoint, right::write);
    if (may_transfer) return must(call::reply(envelope, one_capability), "reply with a capability");
    is_not_allowed(call::reply(envelope, one_capability), "reply with a capability, without the right to");
    must(call::reply({}), "the caller waits on");
}

void to_transfer_with_reply() {
    reply_through(right::read, false);
    reply_through(right::read | right::transfer, true);
}

void received_rights() {
    const Handle endpoint = make_endpoint();
    const Handle memory = must(call::create(abi::ObjectType::memory, 4096), "make memory");
    const Companion sender([=] {
        Envelope envelope = with_capability(memory, right::read | right::grant);
        must(call::send(endpoint, envelope, one_capability), "send a capability");
    });
    Envelope envelope = accepting(1);
    require(must(call::receive(endpoint, envelope), "receive").information.capabilities() == 1,
            "it did not come");
    const auto identity = must(call::identify(envelope.received[0]), "identify what has come");
    require(identity.type == abi::ObjectType::memory, "it is another object");
    require(identity.rights == (right::read | right::grant), "it has other rights than it was sent with");
    is_not_allowed(call::write(envelope.received[0], "text"), "write with it");
    is_not_allowed(call::derive(envelope.received[0], right::read | right::write),
                   "derive more rights from it");
}

constexpr Case cases[] = {
    {"right-to-send", to_send},
    {"right-to-receive", to_receive},
    {"right-to-call", to_call},
    {"right-to-transfer", to_transfer},
    {"right-to-transfer-with-reply", to_transfer_with_reply},
    {"received-rights", received_rights},
};

} // namespace

const Cases right_cases = cases;

} // namespace test
