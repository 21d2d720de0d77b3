// Replies: each call is answered or failed exactly once, whoever ends, waits, gives up or forgets.
#include <doctest/doctest.h>

#include "kernel/schedule/scheduler.h"
#include "test/host/fake_talkers.h"

using abi::Envelope, abi::Error, abi::MessageInformation, abi::MessageWords, abi::ObjectType, abi::SystemCall;
using fake::Answer, fake::Heard, fake::Talkers, fake::first_thread;
namespace right = abi::right;

namespace {

constexpr MessageWords words{11, 22, 33, 44};
constexpr MessageInformation immediate{MessageInformation::immediate};

/// Children that all may do everything with the endpoint.
struct Chain {
    explicit Chain(std::uint32_t count) : talkers(count) {
        for (std::uint32_t i = 0; i < count; ++i) handles.push_back(talkers.give(talkers[i], right::all));
    }

    /// A further endpoint, at which child `at` receives and which child `from` may call: their handles.
    std::pair<std::uint64_t, std::uint64_t> link(std::size_t from, std::size_t at) {
        const std::uint64_t endpoint = talkers.create(ObjectType::endpoint);
        return {talkers.give(talkers[from], right::all, 0, endpoint),
                talkers.give(talkers[at], right::all, 0, endpoint)};
    }

    Heard receive(std::size_t who, MessageInformation information = {}) {
        return talkers.say(talkers[who], SystemCall::receive, handles[who], information);
    }

    Heard call(std::size_t who) {
        return talkers.say(talkers[who], SystemCall::call, handles[who], {}, words);
    }

    Heard reply(std::size_t who, std::uint64_t kept = 0) {
        return talkers.say(talkers[who], SystemCall::reply, kept, {}, {who, 0, 0, 0});
    }

    Heard heard(std::size_t who) { return talkers.heard(talkers[who]); }

    std::uint64_t keep(std::size_t who) {
        const Answer kept = talkers.programs.call(talkers[who], SystemCall::keep_reply);
        REQUIRE(kept.succeeded());
        return kept.first;
    }

    void end(std::size_t who) {
        talkers.programs.act([&] { process::end(talkers[who], abi::Ending::killed, 0); });
    }

    Talkers talkers;
    std::vector<std::uint64_t> handles;
};

} // namespace

TEST_CASE("replies: who receives again without answering fails the caller, once") {
    Chain chain(3);
    chain.call(0);
    CHECK(chain.receive(1).succeeded());
    CHECK(chain.heard(0).is_pending());
    CHECK(chain.receive(1).is_pending());
    CHECK(chain.heard(0).is(Error::unanswered));
    CHECK(chain.call(0).is_pending());
    CHECK(chain.heard(1).succeeded());
    CHECK(chain.reply(1).succeeded());
    CHECK(chain.heard(0).words[0] == 1);
    CHECK(chain.reply(1).is(Error::gone));
}

TEST_CASE("replies: what is kept is answered later, in any order, by its token and once") {
    Chain chain(4);
    std::array<std::uint64_t, 3> tokens{};
    for (std::size_t caller : {0u, 1u, 2u}) {
        chain.call(caller);
        CHECK(chain.receive(3).succeeded());
        tokens[caller] = chain.keep(3);
        CHECK(chain.reply(3).is(Error::gone));
    }
    CHECK(chain.talkers.programs.call(chain.talkers[3], SystemCall::keep_reply).is(Error::gone));
    for (std::size_t caller : {1u, 2u, 0u}) {
        CHECK(chain.heard(caller).is_pending());
        CHECK(chain.reply(3, tokens[caller]).succeeded());
        CHECK(chain.heard(caller).words[0] == 3);
        CHECK(chain.reply(3, tokens[caller]).is(Error::gone));
    }
    CHECK(chain.reply(0, tokens[0]).is(Error::gone)); // Nobody else's.
}

TEST_CASE("replies: nobody but the process that received can answer, and none can guess") {
    Chain chain(3);
    chain.call(0);
    chain.receive(1);
    const std::uint64_t token = chain.keep(1);
    CHECK(chain.reply(2, token).is(Error::gone));
    for (const std::uint64_t guess : {token + 1, token - 1, ~std::uint64_t{0}, std::uint64_t{1} << 32})
        CHECK(chain.reply(1, guess).is(Error::gone));
    CHECK(chain.heard(0).is_pending());
}

TEST_CASE("replies: a server that ends fails those it was working for, those it kept, and nobody else") {
    Chain chain(4);
    const auto [to, from] = chain.link(2, 3);
    chain.call(0);
    chain.receive(3);
    chain.keep(3);
    chain.call(1);
    chain.receive(3);
    CHECK(chain.talkers.say(chain.talkers[2], SystemCall::call, to, {}, words).is_pending());
    chain.end(3);
    CHECK(chain.heard(0).is(Error::unanswered));
    CHECK(chain.heard(1).is(Error::unanswered));
    CHECK(chain.heard(2).is_pending()); // Another may receive from that endpoint yet.
    static_cast<void>(from);
}

TEST_CASE("replies: killing a thread at each stage of a call") {
    SUBCASE("the caller, while it waits to send") {
        Chain chain(2);
        chain.call(0);
        chain.end(0);
        CHECK(chain.receive(1, immediate).is(Error::would_block));
    }
    SUBCASE("the caller, while it waits for the reply") {
        Chain chain(2);
        chain.call(0);
        chain.receive(1);
        chain.end(0);
        CHECK(chain.reply(1).is(Error::gone));
    }
    SUBCASE("the caller, whose reply was kept") {
        Chain chain(2);
        chain.call(0);
        chain.receive(1);
        const std::uint64_t token = chain.keep(1);
        chain.end(0);
        CHECK(chain.reply(1, token).is(Error::gone));
    }
    SUBCASE("the server, while it waits for a message") {
        Chain chain(3);
        chain.receive(1);
        chain.end(1);
        CHECK(chain.call(0).is_pending());
        CHECK(chain.receive(2).succeeded());
    }
    SUBCASE("the server, while it works") {
        Chain chain(2);
        chain.receive(1);
        chain.call(0);
        chain.end(1);
        CHECK(chain.heard(0).is(Error::unanswered));
    }
}

TEST_CASE("replies: a suspended thread gets its message, and takes note of it when it is resumed") {
    Chain chain(2);
    process::Thread& server = first_thread(chain.talkers[1]);
    process::Thread& caller = first_thread(chain.talkers[0]);
    chain.receive(1);
    chain.talkers.programs.act([&] { schedule::suspend(server); });
    CHECK(chain.call(0).is_pending());
    CHECK(server.state == abi::ThreadState::suspended);
    CHECK(chain.heard(1).succeeded());
    chain.talkers.programs.act([&] { schedule::suspend(caller); });
    chain.talkers.programs.act([&] { schedule::resume(server); });
    CHECK(chain.reply(1).succeeded());
    CHECK(caller.state == abi::ThreadState::suspended);
    chain.talkers.programs.act([&] { schedule::resume(caller); });
    CHECK(caller.state == abi::ThreadState::running);
    CHECK(chain.heard(0).words[0] == 1);
}

TEST_CASE("replies: a chain of calls that breaks in the middle fails each caller once") {
    Chain chain(4); // 0 calls 1, who calls 2, who calls 3.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> links;
    for (std::size_t i = 0; i < 3; ++i) links.push_back(chain.link(i, i + 1));
    auto& talkers = chain.talkers;
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(talkers.say(talkers[i], SystemCall::call, links[i].first, {}, words).is_pending());
        CHECK(talkers.say(talkers[i + 1], SystemCall::receive, links[i].second).succeeded());
    }
    chain.end(2);
    CHECK(chain.heard(1).is(Error::unanswered));
    CHECK(chain.heard(0).is_pending());
    CHECK(chain.reply(3).is(Error::gone));
    CHECK(chain.reply(1).succeeded());
    CHECK(chain.heard(0).words[0] == 1);
}

TEST_CASE("replies: callers that wait for each other in a circle are freed by their deadlines") {
    Chain chain(3);
    auto& talkers = chain.talkers;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> links;
    for (std::size_t i = 0; i < 3; ++i) links.push_back(chain.link(i, (i + 1) % 3));
    const std::uint64_t start = talkers.programs.machine().now().value;
    for (std::size_t i = 0; i < 3; ++i) {
        const Envelope envelope{.words = words, .deadline = start + (i + 1) * 1'000'000};
        CHECK(talkers.enclose(talkers[i], SystemCall::call, links[i].first, {}, envelope).is_pending());
    }
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(chain.heard(i).is_pending());
        talkers.programs.machine().pass(base::milliseconds(1));
        CHECK(chain.heard(i).is(Error::timed_out));
    }
}

TEST_CASE("replies: a wait is cancelled by whoever may manage the thread, and by nobody else") {
    Chain chain(2);
    auto& talkers = chain.talkers;
    process::Thread& caller = first_thread(talkers[0]);
    std::uint64_t manages = 0, only_reads = 0;
    const auto own = [&]() -> abi::Handle {
        for (std::uint32_t slot = 0;; ++slot) {
            const auto capability = object::state().next_capability(talkers[0].pid, slot);
            REQUIRE(capability);
            if (capability->object == caller.id()) return capability->handle;
            slot = capability->handle.slot;
        }
    }();
    talkers.programs.act([&] {
        for (auto [handle, rights] :
             {std::pair{&manages, right::manage}, std::pair{&only_reads, right::read}}) {
            const auto copied =
                object::commit(axiom::copy_capability(talkers[0].pid, own, talkers[1].pid, rights));
            REQUIRE(copied);
            *handle = abi::to_word(copied->handle);
        }
    });
    const auto cancel = [&](std::uint64_t handle) {
        return talkers.programs.call(talkers[1], SystemCall::cancel, {handle});
    };
    CHECK(cancel(manages).is(Error::not_found)); // It waits for nothing.
    chain.call(0);
    CHECK(cancel(only_reads).is(Error::not_permitted));
    CHECK(chain.heard(0).is_pending());
    CHECK(cancel(manages).succeeded());
    CHECK(chain.heard(0).is(Error::cancelled));
    chain.call(0);
    CHECK(chain.receive(1).succeeded());
    CHECK(cancel(manages).succeeded());
    CHECK(chain.heard(0).is(Error::cancelled));
    CHECK(chain.reply(1).is(Error::gone));
}

TEST_CASE("replies: capabilities come with one as far as the server's right to transfer reaches") {
    Talkers talkers(3);
    const std::uint64_t to = talkers.give(talkers[0], right::write | right::call);
    const std::uint64_t sent =
        talkers.give(talkers[1], right::all, 0, talkers.create(ObjectType::notification));
    const Envelope wants{.accepted = 1}, gives{.sent = {{{abi::to_handle(sent), right::read, {}}}}};
    const auto one = MessageInformation::of(0, 1);
    for (const bool may : {false, true}) {
        const std::uint64_t from =
            talkers.give(talkers[1], may ? right::read | right::transfer : right::read);
        CHECK(talkers.say(talkers[1], SystemCall::receive, from).is_pending());
        CHECK(talkers.enclose(talkers[0], SystemCall::call, to, {}, wants).is_pending());
        const Heard replied = talkers.enclose(talkers[1], SystemCall::reply, 0, one, gives);
        if (!may) {
            CHECK(replied.is(Error::not_permitted));
            CHECK(talkers.heard(talkers[0]).is_pending());
            CHECK(talkers.say(talkers[1], SystemCall::reply, 0).succeeded());
        } else {
            CHECK(replied.succeeded());
            CHECK(talkers.heard(talkers[0]).information.capabilities() == 1);
            CHECK(object::state().capability(talkers[0].pid, talkers.received(talkers[0])[0]));
        }
    }
}
