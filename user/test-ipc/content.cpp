// Bytes in messages: of every length, at every place in a page, and from and to places that are none.
#include <algorithm>

#include "user/lib/memory.h"
#include "user/test-ipc/parts.h"
#include "user/test-ipc/talk.h"

namespace test {
namespace {

constexpr std::uint32_t most = abi::most_message_bytes;
constexpr std::uint32_t all_up_to = 600, stride = 211;
constexpr std::byte untouched{0xee};
constexpr std::uint64_t kernel_address = 0xffff'ffff'8000'0000;

/// Every length that is tried, from 0 on.
constexpr std::uint32_t next_length(std::uint32_t length) {
    if (length < all_up_to) return length + 1;
    for (const std::uint32_t edge : {4095u, 4096u, 4097u, 8191u, 8192u, 8193u, most - 1, most})
        if (length < edge && length + stride > edge) return edge;
    return length + stride;
}

constexpr std::byte byte_of(std::uint32_t length, std::uint32_t at) {
    return static_cast<std::byte>(length * 31 + at * 7 + at / 256);
}

/// Where the bytes of that length begin: elsewhere in a page each time.
constexpr std::uint32_t place_of(std::uint32_t length, std::uint32_t factor) {
    return length * factor % 4096;
}

std::uint64_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

void send_every_length() {
    const Handle to = given("endpoint");
    const auto buffer = must(Mapping::create(most + 4096, right::read | right::write), "map a buffer");
    for (std::uint32_t length = 0; length <= most; length = next_length(length)) {
        const auto data = buffer.bytes().subspan(place_of(length, 13), length);
        for (std::uint32_t i = 0; i < length; ++i) data[i] = byte_of(length, i);
        Envelope envelope;
        envelope.words = {length};
        envelope.data = address_of(data.data());
        must(call::send(to, envelope, MessageInformation::of(length, 0)), "send bytes");
    }
}

void check_bytes(std::span<const std::byte> room, std::uint32_t length) {
    for (std::uint32_t i = 0; i < length; ++i)
        require(room[i] == byte_of(length, i), "a byte is not what was sent");
    require(room[length] == untouched, "a byte behind the message has been written");
}

void every_length() {
    const Handle endpoint = make_endpoint();
    const abi::Grant given[] = {grant("endpoint", endpoint, right::write)};
    const Process sender = start_role("sender-of-lengths", given);
    const auto buffer =
        must(Mapping::create(most + 2 * page_size, right::read | right::write), "map a buffer");
    for (std::uint32_t length = 0; length <= most; length = next_length(length)) {
        const auto room = buffer.bytes().subspan(place_of(length, 7));
        std::ranges::fill(room.first(length + 1), untouched);
        Envelope envelope;
        envelope.room = address_of(room.data());
        envelope.room_size = length;
        const Message message = must(call::receive(endpoint, envelope), "receive bytes");
        require(message.words[0] == length && message.information.bytes() == length,
                "another length has come");
        check_bytes(room, length);
    }
    finish(sender);
}

void too_long() {
    const Handle endpoint = make_endpoint();
    const auto buffer = must(Mapping::create(2 * most, right::read | right::write), "map a buffer");
    Envelope envelope;
    envelope.data = buffer.address();
    must_fail(
        call::send(endpoint, envelope, MessageInformation::of(most + 1, 0, MessageInformation::immediate)),
        Error::too_large, "send one byte more than there may be");
    must_fail(call::send(endpoint, {}, MessageInformation::of(1, 0, MessageInformation::immediate)),
              Error::invalid_argument, "send a byte from nowhere");
}

/// Each sender in turn sends something that the receiver does not take; the receiver waits on.
void more_than_there_is_room() {
    const Handle endpoint = make_endpoint();
    std::array<std::byte, 101> bytes{};
    const Companion receiver([&] {
        std::array<std::byte, 100> into;
        Envelope envelope;
        envelope.room = address_of(into.data());
        envelope.room_size = into.size();
        require(must(call::receive(endpoint, envelope), "receive").information.bytes() == 100,
                "what is too long has come");
    });
    Envelope envelope;
    envelope.data = address_of(bytes.data());
    receiver.wait_until_waiting();
    must_fail(call::send(endpoint, envelope, MessageInformation::of(101, 0)), Error::too_large,
              "send more than there is room");
    must(call::send(endpoint, envelope, MessageInformation::of(100, 0)), "send as much as there is room");
}

/// Two pages, behind which there is none.
struct Edge {
    Mapping mapping = must(Mapping::create(3 * page_size, right::read | right::write), "map a buffer");
    std::uint64_t end = mapping.address() + 2 * page_size;

    Edge() { must(call::unmap(end, page_size), "unmap the last page"); }
};

void from_nowhere() {
    const Handle endpoint = make_endpoint();
    const Edge edge;
    const Companion receiver([&] {
        Envelope envelope;
        envelope.room = edge.mapping.address();
        envelope.room_size = page_size;
        require(must(call::receive(endpoint, envelope), "receive").words == some_words,
                "another message has come");
    });
    receiver.wait_until_waiting();
    for (const std::uint64_t bad :
         {std::uint64_t{0}, edge.end, edge.end - 10, kernel_address, ~std::uint64_t{0} - 5}) {
        Envelope envelope;
        envelope.data = bad;
        must_fail(call::send(endpoint, envelope, MessageInformation::of(100, 0)), Error::bad_address,
                  "send bytes from where there are none");
        must_fail(call::without_message(call::exchange<call::SystemCall::send>(
                      call::to_word(endpoint), {MessageInformation::enveloped}, MessageWords{bad})),
                  Error::bad_address, "send an envelope from where there is none");
    }
    must(call::send(endpoint, some_words), "the receiver waits on");
}

void to_nowhere() {
    const Handle endpoint = make_endpoint();
    const Edge edge;
    const std::array<std::byte, 100> bytes{};
    const Companion sender([&] {
        Envelope envelope;
        envelope.data = address_of(bytes.data());
        must(call::send(endpoint, envelope, MessageInformation::of(100, 0)), "send");
    });
    sender.wait_until_waiting();
    const auto code = reinterpret_cast<std::uintptr_t>(&to_nowhere);
    for (const std::uint64_t bad :
         {std::uint64_t{0}, edge.end, edge.end - 10, kernel_address, ~std::uint64_t{0} - 5, code}) {
        Envelope envelope;
        envelope.room = bad;
        envelope.room_size = 100;
        must_fail(call::receive(endpoint, envelope), Error::bad_address, "receive where nothing can be put");
    }
    Envelope envelope;
    envelope.room = edge.end - 100;
    envelope.room_size = 100;
    require(must(call::receive(endpoint, envelope), "receive").information.bytes() == 100,
            "the sender waits on");
}

/// Every call that takes an envelope, with one that lies where there is none.
void envelopes_from_nowhere() {
    using call::SystemCall;
    const std::uint64_t endpoint = call::to_word(make_endpoint());
    const Edge edge;
    const MessageInformation enveloped{MessageInformation::enveloped | MessageInformation::immediate};
    const auto bad = [](const Result<Message>& result) {
        must_fail(result, Error::bad_address, "an envelope where there is none");
    };
    for (const std::uint64_t address : {std::uint64_t{0}, edge.end, edge.end - 8, kernel_address,
                                        abi::highest_address - 8, ~std::uint64_t{0} - 7}) {
        bad(call::exchange<SystemCall::send>(endpoint, enveloped, {address}));
        bad(call::exchange<SystemCall::call>(endpoint, enveloped, {address}));
        bad(call::exchange<SystemCall::receive>(endpoint, enveloped, {address}));
        bad(call::exchange<SystemCall::reply>(0, enveloped, {address}));
        bad(call::exchange<SystemCall::reply_receive>(endpoint, enveloped, {address}));
    }
}

/// Where handles are to be told is to be written to.
void envelope_is_read_only() {
    const Handle endpoint = make_endpoint();
    const auto page = must(Mapping::create(page_size, right::read | right::write), "map a page");
    reinterpret_cast<Envelope*>(page.address())->accepted = 1;
    must(call::protect(page.address(), page_size, right::read), "protect it");
    const Companion sender([=] {
        Envelope envelope;
        envelope.sent[0] = {.handle = endpoint, .rights = right::write};
        must(call::send(endpoint, envelope, MessageInformation::of(0, 1)), "send a capability");
    });
    sender.wait_until_waiting();
    must_fail(call::receive(endpoint, *reinterpret_cast<Envelope*>(page.address())), Error::bad_address,
              "receive a capability into what cannot be written to");
    Envelope envelope = accepting(1);
    require(must(call::receive(endpoint, envelope), "receive").information.capabilities() == 1,
            "the sender waits on");
}

constexpr Case cases[] = {
    {"every-length", every_length},
    {"too-long", too_long},
    {"more-than-room", more_than_there_is_room},
    {"bytes-from-nowhere", from_nowhere},
    {"bytes-to-nowhere", to_nowhere},
    {"envelopes-from-nowhere", envelopes_from_nowhere},
    {"envelope-is-read-only", envelope_is_read_only},
};

constexpr Case roles[] = {{"sender-of-lengths", send_every_length}};

} // namespace

const Cases content_cases = cases, content_roles = roles;

} // namespace test
