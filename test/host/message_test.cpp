// Messages: words, bytes and capabilities between processes, in whichever order the two sides come.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "test/host/fake_talkers.h"

using abi::Envelope, abi::Error, abi::MessageInformation, abi::MessageWords, abi::ObjectType, abi::SystemCall;
using fake::Answer, fake::Heard, fake::Talkers;
namespace right = abi::right;

namespace {

constexpr MessageWords words{11, 22, 33, 44};
constexpr MessageInformation immediate{MessageInformation::immediate};

/// Bytes that lie in a process's memory, `size` of them, from a place in one of its pages on.
struct Bytes {
    static constexpr unsigned page = 4, pages = 6; // Of the stack, from its top.

    Bytes(Talkers& talkers, process::Process& process, std::size_t size, std::size_t within = 0)
        : talkers_(talkers), process_(process), size_(size) {
        for (unsigned i = page; i < page + pages; ++i)
            first_ = talkers.programs.put(process, std::array{std::byte{}}, i);
        first_ += within;
    }

    std::uint64_t address() const { return first_; }

    void fill(std::uint8_t seed) {
        std::vector<std::byte> bytes(size_);
        for (std::size_t i = 0; i < size_; ++i) bytes[i] = static_cast<std::byte>(seed + i * 7);
        talkers_.programs.act([&] { REQUIRE(buffer().write(0, bytes)); });
    }

    std::vector<std::byte> read() const {
        std::vector<std::byte> bytes(size_);
        talkers_.programs.act([&] { REQUIRE(buffer().read(0, bytes)); });
        return bytes;
    }

private:
    memory::UserBuffer buffer() const { return {*process_.space, {first_}, size_}; }

    Talkers& talkers_;
    process::Process& process_;
    std::uint64_t first_ = 0;
    std::size_t size_;
};

/// A sender with badge 77 and a receiver, of all rights.
struct Pair {
    Heard send(SystemCall number, MessageInformation information, const Envelope& envelope) {
        return talkers.enclose(sender, number, to, information, envelope);
    }

    Heard receive(const Envelope& envelope) {
        return talkers.enclose(receiver, SystemCall::receive, from, {}, envelope);
    }

    Talkers talkers{2};
    process::Process& sender = talkers[0];
    process::Process& receiver = talkers[1];
    std::uint64_t to = talkers.give(sender, right::all, 77);
    std::uint64_t from = talkers.give(receiver, right::all);
};

void check_received(const Heard& heard, const Pair& pair, std::uint64_t flags = 0) {
    CHECK(heard.succeeded());
    CHECK(heard.words == words);
    CHECK(heard.badge == 77);
    CHECK(heard.information.bits == MessageInformation::of(0, 0, flags, pair.sender.pid.value).bits);
}

} // namespace

TEST_CASE("messages: send and receive, whoever comes first") {
    Pair pair;
    CHECK(pair.talkers.say(pair.sender, SystemCall::send, pair.to, {}, words).is_pending());
    check_received(pair.talkers.say(pair.receiver, SystemCall::receive, pair.from), pair);
    CHECK(pair.talkers.heard(pair.sender).succeeded());
    CHECK(pair.talkers.say(pair.receiver, SystemCall::receive, pair.from).is_pending());
    CHECK(pair.talkers.say(pair.sender, SystemCall::send, pair.to, {}, words).succeeded());
    check_received(pair.talkers.heard(pair.receiver), pair);
}

TEST_CASE("messages: call, reply, and reply_receive, whoever comes first") {
    Pair pair;
    auto& talkers = pair.talkers;
    CHECK(talkers.say(pair.sender, SystemCall::call, pair.to, {}, words).is_pending());
    check_received(talkers.say(pair.receiver, SystemCall::receive, pair.from), pair,
                   MessageInformation::call);
    CHECK(talkers.heard(pair.sender).is_pending());
    CHECK(talkers.say(pair.receiver, SystemCall::reply, 0, {}, {5, 6, 7, 8}).succeeded());
    const Heard answer = talkers.heard(pair.sender);
    CHECK(answer.succeeded());
    CHECK(answer.words == MessageWords{5, 6, 7, 8});
    CHECK(answer.badge == 0);
    CHECK(answer.information.bits == MessageInformation::of(0, 0, 0, pair.receiver.pid.value).bits);
    CHECK(talkers.say(pair.receiver, SystemCall::reply, 0, {}, {}).is(Error::gone));
    for (std::uint64_t round = 0; round < 3; ++round) {
        const bool is_first = round == 0; // It has nothing to answer then.
        CHECK(talkers.say(pair.receiver, SystemCall::reply_receive, pair.from, {}, {round, 0, 0, 0})
                  .is_pending());
        if (!is_first) CHECK(talkers.heard(pair.sender).words[0] == round);
        CHECK(talkers.say(pair.sender, SystemCall::call, pair.to, {}, words).is_pending());
        check_received(talkers.heard(pair.receiver), pair, MessageInformation::call);
    }
}

TEST_CASE("messages: who does not want to wait does not") {
    Pair pair;
    auto& talkers = pair.talkers;
    CHECK(talkers.say(pair.sender, SystemCall::send, pair.to, immediate, words).is(Error::would_block));
    CHECK(talkers.say(pair.sender, SystemCall::call, pair.to, immediate, words).is(Error::would_block));
    CHECK(talkers.say(pair.receiver, SystemCall::receive, pair.from, immediate).is(Error::would_block));
    CHECK(talkers.say(pair.sender, SystemCall::send, pair.to, {}, words).is_pending());
    check_received(talkers.say(pair.receiver, SystemCall::receive, pair.from, immediate), pair);
    CHECK(talkers.say(pair.receiver, SystemCall::receive, pair.from).is_pending());
    CHECK(talkers.say(pair.sender, SystemCall::send, pair.to, immediate, words).succeeded());
}

TEST_CASE("messages: deadlines in the past, now, and later") {
    Pair pair;
    auto& talkers = pair.talkers;
    const std::uint64_t now = talkers.programs.machine().now().value;
    for (const std::uint64_t deadline : {std::uint64_t{0}, now}) {
        CHECK(pair.send(SystemCall::send, {}, {.words = words, .deadline = deadline}).is(Error::timed_out));
        CHECK(pair.send(SystemCall::call, {}, {.words = words, .deadline = deadline}).is(Error::timed_out));
        CHECK(pair.receive({.deadline = deadline}).is(Error::timed_out));
    }
    const std::uint64_t later = now + 1'000'000;
    CHECK(pair.send(SystemCall::send, {}, {.words = words, .deadline = later}).is_pending());
    CHECK(pair.receive({.deadline = 0}).succeeded()); // What is there is taken.
    CHECK(talkers.heard(pair.sender).succeeded());
    CHECK(pair.send(SystemCall::send, {}, {.words = words, .deadline = later}).is_pending());
    talkers.programs.machine().pass(base::milliseconds(2));
    CHECK(talkers.heard(pair.sender).is(Error::timed_out));
    CHECK(talkers.say(pair.receiver, SystemCall::receive, pair.from, immediate).is(Error::would_block));
    const std::uint64_t much_later = talkers.programs.machine().now().value + 1'000'000;
    CHECK(pair.receive({.deadline = much_later}).is_pending());
    talkers.programs.machine().pass(base::milliseconds(2));
    CHECK(talkers.heard(pair.receiver).is(Error::timed_out));
    CHECK(talkers.say(pair.sender, SystemCall::send, pair.to, immediate, words).is(Error::would_block));
}

TEST_CASE("messages: a call's deadline holds for the reply, and who replies too late is told") {
    Pair pair;
    auto& talkers = pair.talkers;
    CHECK(talkers.say(pair.receiver, SystemCall::receive, pair.from).is_pending());
    const std::uint64_t later = talkers.programs.machine().now().value + 1'000'000;
    CHECK(pair.send(SystemCall::call, {}, {.words = words, .deadline = later}).is_pending());
    check_received(talkers.heard(pair.receiver), pair, MessageInformation::call);
    talkers.programs.machine().pass(base::milliseconds(2));
    CHECK(talkers.heard(pair.sender).is(Error::timed_out));
    CHECK(talkers.say(pair.receiver, SystemCall::reply, 0, {}, words).is(Error::gone));
    CHECK(talkers.say(pair.receiver, SystemCall::reply_receive, pair.from, immediate, words)
              .is(Error::would_block));
}

TEST_CASE("messages: each length up to the largest, across pages, and one more") {
    Pair pair;
    constexpr std::size_t within = 4000;
    for (const std::size_t size :
         {0u, 1u, 7u, 8u, 95u, 96u, 97u, 4095u, 4096u, 4097u, 8192u, 16383u, 16384u}) {
        Bytes out(pair.talkers, pair.sender, size, within), in(pair.talkers, pair.receiver, size, 13);
        out.fill(static_cast<std::uint8_t>(size));
        const auto information = MessageInformation::of(size, 0);
        CHECK(pair.send(SystemCall::send, information, {.words = words, .data = out.address()}).is_pending());
        const Heard heard =
            pair.receive({.room = in.address(), .room_size = static_cast<std::uint32_t>(size)});
        CHECK(heard.succeeded());
        CHECK(heard.information.bytes() == size);
        CHECK(heard.words == words);
        CHECK(in.read() == out.read());
    }
    const auto too_long = MessageInformation::of(abi::most_message_bytes + 1, 0);
    CHECK(pair.send(SystemCall::send, too_long, {}).is(Error::too_large));
}

TEST_CASE("messages: one that does not fit fails its sender, and the receiver waits on") {
    Pair pair;
    auto& talkers = pair.talkers;
    Bytes out(talkers, pair.sender, 64), in(talkers, pair.receiver, 64);
    CHECK(pair.receive({.room = in.address(), .room_size = 16}).is_pending());
    CHECK(pair.send(SystemCall::send, MessageInformation::of(17, 0), {.data = out.address()})
              .is(Error::too_large));
    CHECK(pair.send(SystemCall::call, MessageInformation::of(17, 0), {.data = out.address()})
              .is(Error::too_large));
    CHECK(pair.send(SystemCall::send, MessageInformation::of(8, 0), {.data = 0x1000}).is(Error::bad_address));
    CHECK(pair.send(SystemCall::send, MessageInformation::of(8, 0), {.data = ~0ull - 3})
              .is(Error::bad_address));
    CHECK(talkers.heard(pair.receiver).is_pending());
    CHECK(pair.send(SystemCall::send, MessageInformation::of(16, 0), {.data = out.address()}).succeeded());
    CHECK(talkers.heard(pair.receiver).information.bytes() == 16);
}

TEST_CASE("messages: a receiver's bad buffer is its own trouble, and the sender waits for the next") {
    Pair pair;
    auto& talkers = pair.talkers;
    Bytes out(talkers, pair.sender, 8), in(talkers, pair.receiver, 8);
    CHECK(pair.receive({.room = 0x1000, .room_size = 16}).is_pending());
    CHECK(pair.send(SystemCall::send, MessageInformation::of(8, 0), {.data = out.address()}).is_pending());
    CHECK(talkers.heard(pair.receiver).is(Error::bad_address));
    CHECK(pair.receive({.room = ~0ull - 8, .room_size = 16}).is(Error::bad_address));
    CHECK(pair.receive({.room = in.address(), .room_size = 8}).succeeded());
    CHECK(talkers.heard(pair.sender).succeeded());
}

TEST_CASE("messages: a caller's bad buffer fails the caller alone; a reply that does not fit, the replier") {
    Pair pair;
    auto& talkers = pair.talkers;
    Bytes out(talkers, pair.receiver, 8);
    const auto eight = MessageInformation::of(8, 0);
    CHECK(talkers.say(pair.receiver, SystemCall::receive, pair.from).is_pending());
    CHECK(pair.send(SystemCall::call, {}, {.words = words, .room = 0x1000, .room_size = 8}).is_pending());
    CHECK(talkers
              .enclose(pair.receiver, SystemCall::reply, 0, MessageInformation::of(9, 0),
                       {.data = out.address()})
              .is(Error::too_large));
    CHECK(
        talkers.enclose(pair.receiver, SystemCall::reply, 0, eight, {.data = 0x1000}).is(Error::bad_address));
    CHECK(talkers.heard(pair.sender).is_pending());
    CHECK(
        talkers.enclose(pair.receiver, SystemCall::reply, 0, eight, {.data = out.address()}).is(Error::gone));
    CHECK(talkers.heard(pair.sender).is(Error::bad_address));
}

TEST_CASE("messages: flags that are not the caller's to set, lengths without an envelope, bad envelopes") {
    Pair pair;
    auto& talkers = pair.talkers;
    for (const std::uint64_t bits :
         {MessageInformation::call, MessageInformation::notification, std::uint64_t{1} << 32,
          std::uint64_t{1} << 63, std::uint64_t{1} << 16, std::uint64_t{1}}) {
        CHECK(talkers.say(pair.sender, SystemCall::send, pair.to, {bits}).is(Error::invalid_argument));
        CHECK(talkers.say(pair.receiver, SystemCall::receive, pair.from, {bits}).is(Error::invalid_argument));
    }
    CHECK(talkers.say(pair.sender, SystemCall::send, pair.to, {std::uint64_t{5} << 16}).is(Error::too_large));
    CHECK(talkers.enclose(pair.receiver, SystemCall::receive, pair.from, {}, {.accepted = 5})
              .is(Error::too_large));
    for (const std::uint64_t at : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1} << 63})
        for (const auto number : {SystemCall::send, SystemCall::call, SystemCall::reply, SystemCall::receive,
                                  SystemCall::reply_receive})
            CHECK(talkers.say(pair.sender, number, pair.to, {MessageInformation::enveloped}, MessageWords{at})
                      .is(Error::bad_address));
}

TEST_CASE("messages: rights: send needs write, receive read, call besides call or transfer, capabilities "
          "transfer") {
    Talkers talkers(1);
    process::Process& one = talkers[0];
    const auto with = [&](abi::Rights rights) { return talkers.give(one, rights); };
    const abi::Envelope capability{.sent = {{{abi::standard_output, right::write, {}}}}};
    CHECK(talkers
              .say(one, SystemCall::send, with(right::read | right::manage | right::call | right::transfer),
                   immediate)
              .is(Error::not_permitted));
    CHECK(talkers.say(one, SystemCall::send, with(right::write), immediate).is(Error::would_block));
    CHECK(talkers.say(one, SystemCall::receive, with(right::write | right::call | right::transfer), immediate)
              .is(Error::not_permitted));
    CHECK(talkers.say(one, SystemCall::receive, with(right::read), immediate).is(Error::would_block));
    CHECK(talkers.say(one, SystemCall::call, with(right::write), immediate).is(Error::not_permitted));
    CHECK(talkers.say(one, SystemCall::call, with(right::call | right::transfer), immediate)
              .is(Error::not_permitted));
    CHECK(talkers.say(one, SystemCall::call, with(right::write | right::call), immediate)
              .is(Error::would_block));
    CHECK(talkers.say(one, SystemCall::call, with(right::write | right::transfer), immediate)
              .is(Error::would_block));
    const auto one_capability = MessageInformation::of(0, 1, MessageInformation::immediate);
    CHECK(talkers.enclose(one, SystemCall::send, with(right::write | right::call), one_capability, capability)
              .is(Error::not_permitted));
    CHECK(
        talkers
            .enclose(one, SystemCall::send, with(right::write | right::transfer), one_capability, capability)
            .is(Error::would_block));
    CHECK(talkers.say(one, SystemCall::send, abi::to_word(abi::standard_output)).is(Error::wrong_type));
    CHECK(talkers.say(one, SystemCall::send, 999).is(Error::bad_handle));
}

TEST_CASE("messages: capabilities go as far as the receiver accepts them, all or none") {
    Pair pair;
    auto& talkers = pair.talkers;
    std::array<std::uint64_t, 4> owned{};
    for (std::size_t i = 0; i < owned.size(); ++i)
        owned[i] = talkers.give(pair.sender, right::all, 100 + i, talkers.create(ObjectType::notification));
    for (std::uint32_t count = 0; count <= 4; ++count) {
        Envelope envelope{.words = words};
        for (std::uint32_t i = 0; i < count; ++i)
            envelope.sent[i] = {abi::to_handle(owned[i]), right::write, {}};
        const std::uint32_t before = object::state().capability_count();
        if (count > 0) {
            CHECK(pair.receive({.accepted = count - 1}).is_pending());
            CHECK(
                pair.send(SystemCall::send, MessageInformation::of(0, count), envelope).is(Error::too_large));
            CHECK(object::state().capability_count() == before);
        } else {
            CHECK(pair.receive({}).is_pending());
        }
        talkers.programs.act(
            [&] { REQUIRE(ipc::fail(fake::first_thread(pair.receiver), Error::cancelled)); });
        CHECK(pair.receive({.accepted = count}).is_pending());
        CHECK(pair.send(SystemCall::send, MessageInformation::of(0, count), envelope).succeeded());
        CHECK(object::state().capability_count() == before + count);
        const Heard heard = talkers.heard(pair.receiver);
        CHECK(heard.information.capabilities() == count);
        const auto received = talkers.received(pair.receiver);
        for (std::uint32_t i = 0; i < 4; ++i) {
            const auto capability = object::state().capability(pair.receiver.pid, received[i]);
            CHECK(capability.has_value() == (i < count));
            if (!capability) continue;
            CHECK(capability->rights == right::write);
            CHECK(capability->badge == 100 + i);
        }
    }
}

TEST_CASE(
    "messages: one capability that cannot go keeps the others, and the receiver's table, as they were") {
    Pair pair;
    auto& talkers = pair.talkers;
    const std::uint64_t fine =
        talkers.give(pair.sender, right::all, 0, talkers.create(ObjectType::notification));
    const std::uint64_t kept =
        talkers.give(pair.sender, right::read | right::write, 0, talkers.create(ObjectType::notification));
    Envelope envelope{
        .sent = {{{abi::to_handle(fine), right::read, {}}, {abi::to_handle(kept), right::read, {}}}}};
    const auto two = MessageInformation::of(0, 2);
    CHECK(pair.receive({.accepted = 4}).is_pending());
    const std::uint64_t digest = object::state().digest();
    CHECK(pair.send(SystemCall::send, two, envelope).is(Error::not_permitted));
    envelope.sent[1] = {abi::Handle{77, 3}, right::read, {}};
    CHECK(pair.send(SystemCall::send, two, envelope).is(Error::bad_handle));
    envelope.sent[1] = {abi::to_handle(fine), abi::Rights{0x8000}, {}};
    CHECK(pair.send(SystemCall::send, two, envelope).is(Error::not_permitted));
    CHECK(object::state().digest() == digest);
    CHECK(talkers.heard(pair.receiver).is_pending());
}

TEST_CASE("messages: into a table that is full nothing goes, and nothing is lost") {
    Pair pair;
    auto& talkers = pair.talkers;
    const std::uint64_t sent =
        talkers.give(pair.sender, right::all, 0, talkers.create(ObjectType::notification));
    std::uint64_t last = 0;
    for (;;) {
        const Answer made = talkers.programs.call(pair.receiver, SystemCall::create,
                                                  {static_cast<std::uint64_t>(ObjectType::null)});
        if (!made.succeeded()) break;
        last = made.first;
    }
    const Envelope envelope{.words = words, .sent = {{{abi::to_handle(sent), right::read, {}}}}};
    CHECK(pair.receive({.accepted = 4}).is_pending());
    CHECK(pair.send(SystemCall::send, MessageInformation::of(0, 1), envelope).is(Error::limit_reached));
    CHECK(talkers.heard(pair.receiver).is_pending());
    talkers.programs.act(
        [&] { REQUIRE(object::commit(axiom::delete_capability(pair.receiver.pid, abi::to_handle(last)))); });
    CHECK(pair.send(SystemCall::send, MessageInformation::of(0, 1), envelope).succeeded());
    CHECK(talkers.heard(pair.receiver).information.capabilities() == 1);
}

TEST_CASE(
    "messages: what was revoked while it waited is not delivered, be it the endpoint's or one that is sent") {
    Pair pair;
    auto& talkers = pair.talkers;
    const std::uint64_t sent =
        talkers.give(pair.sender, right::all, 0, talkers.create(ObjectType::notification));
    const Envelope envelope{.words = words, .sent = {{{abi::to_handle(sent), right::read, {}}}}};
    const auto close = [&](std::uint64_t handle) {
        talkers.programs.act([&] {
            REQUIRE(object::commit(axiom::delete_capability(pair.sender.pid, abi::to_handle(handle))));
        });
    };
    CHECK(pair.send(SystemCall::send, MessageInformation::of(0, 1), envelope).is_pending());
    close(sent);
    CHECK(pair.receive({.deadline = 0, .accepted = 4}).is(Error::timed_out));
    CHECK(talkers.heard(pair.sender).is(Error::bad_handle));
    CHECK(talkers.say(pair.sender, SystemCall::send, pair.to, {}, words).is_pending());
    close(pair.to);
    CHECK(talkers.say(pair.receiver, SystemCall::receive, pair.from, immediate).is(Error::would_block));
    CHECK(talkers.heard(pair.sender).is(Error::bad_handle));
}

TEST_CASE(
    "messages: when an endpoint ends, all who wait at it are told; a call under way is answered still") {
    Talkers talkers(3);
    const std::uint64_t from = talkers.give(talkers[0], right::all),
                        to = talkers.give(talkers[1], right::all);
    CHECK(talkers.say(talkers[0], SystemCall::receive, from).is_pending());
    CHECK(talkers.say(talkers[1], SystemCall::call, to, {}, words).is_pending());
    CHECK(talkers.say(talkers[2], SystemCall::send, talkers.give(talkers[2], right::all), {}, words)
              .is_pending());
    talkers.programs.act([&] {
        REQUIRE(object::commit(axiom::destroy_object(talkers.init().pid, abi::to_handle(talkers.endpoint)))
                    ->done);
    });
    CHECK(talkers.heard(talkers[2]).is(Error::gone));
    CHECK(talkers.heard(talkers[1]).is_pending());
    CHECK(talkers.say(talkers[0], SystemCall::reply, 0, {}, {1}).succeeded());
    CHECK(talkers.heard(talkers[1]).words[0] == 1);
    CHECK(talkers.say(talkers[0], SystemCall::receive, from).is(Error::bad_handle));
}

TEST_CASE("messages: cancelling one badge's senders leaves the others") {
    Talkers talkers(4);
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(talkers
                  .say(talkers[i], SystemCall::send, talkers.give(talkers[i], right::all, i == 1 ? 5 : 6), {},
                       words)
                  .is_pending());
    const std::uint64_t of_six = talkers.give(talkers[3], right::all, 6);
    CHECK(talkers.programs.call(talkers[3], SystemCall::cancel, {of_six}).succeeded());
    CHECK(talkers.heard(talkers[0]).is(Error::cancelled));
    CHECK(talkers.heard(talkers[1]).is_pending());
    CHECK(talkers.heard(talkers[2]).is(Error::cancelled));
    CHECK(talkers.say(talkers[0], SystemCall::send, talkers.give(talkers[0], right::all, 6), {}, words)
              .is_pending());
    CHECK(talkers.programs.call(talkers[3], SystemCall::cancel, {talkers.give(talkers[3], right::all)})
              .succeeded());
    CHECK(talkers.heard(talkers[0]).is(Error::cancelled));
    CHECK(talkers.heard(talkers[1]).is(Error::cancelled));
    CHECK(talkers.programs.call(talkers[3], SystemCall::cancel, {talkers.give(talkers[3], right::write)})
              .is(Error::not_permitted));
}
