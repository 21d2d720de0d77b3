// Capabilities in messages: all or nothing, and nothing is lost.
#include <array>
#include <atomic>

#include "user/test-ipc/parts.h"
#include "user/test-ipc/talk.h"

namespace test {
namespace {

constexpr std::uint32_t most = abi::most_transferred;

MessageInformation holding(std::uint32_t capabilities) { return MessageInformation::of(0, capabilities); }

/// Memory objects, each of which holds its number.
struct Numbered {
    std::array<Handle, most> handles;

    Numbered() {
        for (std::uint32_t i = 0; i < most; ++i) {
            handles[i] = must(call::create(abi::ObjectType::memory, 4096), "make memory");
            const char number = static_cast<char>('a' + i);
            must(call::write(handles[i], {&number, 1}), "write to it");
        }
    }

    Envelope envelope() const {
        Envelope envelope;
        for (std::uint32_t i = 0; i < most; ++i)
            envelope.sent[i] = {.handle = handles[i], .rights = right::read | right::grant};
        return envelope;
    }
};

void check_numbered(Handle handle, std::uint32_t number) {
    std::byte byte{};
    must(call::read(handle, {&byte, 1}), "read memory that has come");
    require(byte == static_cast<std::byte>('a' + number), "capabilities have come in another order");
}

bool is_nothing(const Envelope& envelope) {
    for (const Handle each : envelope.received)
        if (each) return false;
    return true;
}

void every_number() {
    const Handle endpoint = make_endpoint();
    const Numbered numbered;
    const Companion sender([&] {
        for (std::uint32_t count = 0; count <= most; ++count) {
            Envelope envelope = numbered.envelope();
            must(call::send(endpoint, envelope, holding(count)), "send capabilities");
        }
        Envelope envelope = numbered.envelope();
        must_fail(call::send(endpoint, envelope, holding(most + 1)), Error::too_large, "send one too many");
    });
    for (std::uint32_t count = 0; count <= most; ++count) {
        Envelope envelope = accepting(most);
        require(must(call::receive(endpoint, envelope), "receive").information.capabilities() == count,
                "another number of capabilities has come");
        for (std::uint32_t i = 0; i < most; ++i) {
            require(bool(envelope.received[i]) == (i < count), "handles of what has come");
            if (i >= count) continue;
            check_numbered(envelope.received[i], i);
            must(call::close(envelope.received[i]), "close what has come");
        }
    }
}

/// One of those that wait in a message goes meanwhile.
void one_is_missing() {
    const Handle endpoint = make_endpoint();
    const Numbered numbered;
    const Companion sender([&] {
        Envelope envelope = numbered.envelope();
        must_fail(call::send(endpoint, envelope, holding(most)), Error::bad_handle,
                  "send what is closed meanwhile");
    });
    sender.wait_until_waiting();
    must(call::close(numbered.handles[2]), "close what waits in a message");
    Envelope envelope = accepting(most);
    must_fail(call::receive(endpoint, envelope, immediate), Error::would_block, "receive what is not whole");
    require(is_nothing(envelope), "a part of it has come");
    check_numbered(numbered.handles[0], 0);
}

void more_than_accepted() {
    const Handle endpoint = make_endpoint();
    const Numbered numbered;
    const Companion sender([&] {
        Envelope envelope = numbered.envelope();
        must_fail(call::send(endpoint, envelope, holding(3)), Error::too_large, "send more than is accepted");
        must(call::send(endpoint, envelope, holding(2)), "send as many as are accepted");
    });
    Envelope envelope = accepting(2);
    require(must(call::receive(endpoint, envelope), "receive").information.capabilities() == 2,
            "more has come than is accepted");
    check_numbered(envelope.received[1], 1);
}

/// The receiver's table is full: it has one slot left, and two capabilities come.
void table_is_full() {
    const Handle endpoint = make_endpoint();
    const abi::Grant given[] = {grant("endpoint", endpoint, right::read)};
    const Numbered numbered;
    const Process hoarder = start_role("hoarder", given);
    must(call::send(endpoint, {}), "send to who fills its table then");
    Envelope envelope = numbered.envelope();
    must_fail(call::send(endpoint, envelope, holding(2)), Error::limit_reached, "send to a full table");
    check_numbered(numbered.handles[0], 0);
    check_numbered(numbered.handles[1], 1);
    must(call::send(endpoint, envelope, holding(1)), "send what there is room for");
    must(call::send(endpoint, envelope, holding(2)), "send when there is room again");
    finish(hoarder);
}

void be_hoarder() {
    const Handle endpoint = given("endpoint");
    must(call::receive(endpoint), "receive the start");
    Result<Handle> last = call::derive(endpoint, right::read);
    Handle spare[2]{};
    while (last) {
        spare[0] = spare[1];
        spare[1] = *last;
        last = call::derive(endpoint, right::read);
    }
    must_fail(last, Error::limit_reached, "fill the table");
    must(call::close(spare[0]), "make room for one");
    Envelope envelope = accepting(2);
    require(must(call::receive(endpoint, envelope), "receive").information.capabilities() == 1,
            "what there was no room for has come");
    check_numbered(envelope.received[0], 0);
    must(call::close(spare[1]), "make room for another");
    must(call::close(envelope.received[0]), "and for two");
    require(must(call::receive(endpoint, envelope), "receive").information.capabilities() == 2,
            "two have not come");
    check_numbered(envelope.received[1], 1);
}

/// What is revoked while it waits in a message does not go; nor does a message whose sender has lost its way.
void revoked_in_flight() {
    const Handle endpoint = make_endpoint();
    const Numbered numbered;
    const Handle child = with_rights(numbered.handles[0], right::read | right::grant);
    const Handle way = with_badge(endpoint, 5);
    Companion one([&] {
        Envelope envelope;
        envelope.sent[0] = {.handle = child, .rights = right::read};
        must_fail(call::send(endpoint, envelope, holding(1)), Error::bad_handle,
                  "send what is revoked meanwhile");
    });
    one.wait_until_waiting();
    Companion other([&] {
        must_fail(call::send(way, some_words), Error::bad_handle, "send through what is revoked meanwhile");
    });
    other.wait_until_waiting();
    must(call::revoke(numbered.handles[0]), "revoke a capability in flight");
    Envelope envelope = accepting(1);
    must(call::close(way), "close what a sender uses");
    must_fail(call::receive(endpoint, envelope, immediate), Error::would_block, "receive what was revoked");
    require(is_nothing(envelope), "what was revoked has come");
}

constexpr Case cases[] = {
    {"every-number-of-capabilities", every_number},
    {"one-capability-is-missing", one_is_missing},
    {"more-capabilities-than-accepted", more_than_accepted},
    {"table-is-full", table_is_full},
    {"revoked-in-flight", revoked_in_flight},
};

constexpr Case roles[] = {{"hoarder", be_hoarder}};

} // namespace

const Cases transfer_cases = cases, transfer_roles = roles;

} // namespace test
