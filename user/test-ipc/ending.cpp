// Threads and replies that end, or stand still, at each stage of a call.
#include <array>
#include <atomic>

#include "user/test-ipc/parts.h"
#include "user/test-ipc/talk.h"

namespace test {
namespace {

constexpr Nanoseconds soon = milliseconds(20);

// ---- Suspended -------------------------------------------------------------------------------------------

void suspend_sender() {
    const Handle endpoint = make_endpoint();
    Companion sender([endpoint] { must(call::send(endpoint, some_words), "send"); });
    sender.wait_until_waiting();
    must(call::suspend(sender.handle()), "suspend a sender");
    require(must(call::receive(endpoint), "receive from a suspended sender").words == some_words,
            "its words are not what it sent");
    wait_until([&] { return sender.state() == abi::ThreadState::suspended; });
    must(call::resume(sender.handle()), "resume it");
}

void suspend_receiver() {
    const Handle endpoint = make_endpoint();
    std::atomic<bool> has_received = false;
    Companion receiver([&] {
        require(must(call::receive(endpoint), "receive").words == some_words, "words are not what was sent");
        has_received = true;
    });
    receiver.wait_until_waiting();
    must(call::suspend(receiver.handle()), "suspend a receiver");
    must(call::send(endpoint, some_words), "send to a suspended receiver");
    sleep_for(soon);
    require(!has_received, "a suspended receiver goes on");
    must(call::resume(receiver.handle()), "resume it");
}

void suspend_caller() {
    const Handle endpoint = make_endpoint();
    std::atomic<bool> has_answer = false;
    Companion caller([&] {
        require(must(call::call(endpoint, {}), "call").words == some_words,
                "the answer is not what was replied");
        has_answer = true;
    });
    caller.wait_until_waiting();
    must(call::suspend(caller.handle()), "suspend a caller before its call is received");
    must(call::receive(endpoint), "receive its call");
    must(call::resume(caller.handle()), "resume it while it waits for the reply");
    must(call::suspend(caller.handle()), "and suspend it again");
    must(call::reply(some_words), "reply to a suspended caller");
    sleep_for(soon);
    require(!has_answer, "a suspended caller goes on");
    must(call::resume(caller.handle()), "resume it");
}

void suspend_server() {
    const Handle endpoint = make_endpoint();
    std::atomic<bool> received = false, may_reply = false;
    Companion server([&] {
        must(call::receive(endpoint), "receive");
        received = true;
        wait_until([&] { return may_reply.load(); });
        must_fail(call::reply({}), Error::gone, "reply to who has given up");
    });
    server.wait_until_waiting();
    Companion caller([endpoint] {
        Envelope envelope = until(in(soon));
        must_fail(call::call(endpoint, envelope, {}), Error::timed_out, "call a server that is suspended");
    });
    wait_until([&] { return received.load(); });
    must(call::suspend(server.handle()), "suspend a server that owes a reply");
    caller.join();
    may_reply = true;
    must(call::resume(server.handle()), "resume it");
}

// ---- Killed ----------------------------------------------------------------------------------------------

void kill_sender() {
    const Handle endpoint = make_endpoint();
    Companion first([endpoint] { (void)call::send(endpoint, {}); });
    first.wait_until_waiting();
    const Companion second([endpoint] { must(call::send(endpoint, some_words), "send"); });
    second.wait_until_waiting();
    first.kill();
    require(must(call::receive(endpoint), "receive").words == some_words,
            "the message of a dead sender has come");
    must_fail(call::receive(endpoint, immediate), Error::would_block, "receive from a dead sender");
}

void kill_receiver() {
    const Handle endpoint = make_endpoint();
    Companion receiver([endpoint] { (void)call::receive(endpoint); });
    receiver.wait_until_waiting();
    receiver.kill();
    must_fail(call::send(endpoint, some_words, immediate), Error::would_block, "send to a dead receiver");
}

void kill_caller_before() {
    const Handle endpoint = make_endpoint();
    Companion caller([endpoint] { (void)call::call(endpoint, {}); });
    caller.wait_until_waiting();
    caller.kill();
    must_fail(call::receive(endpoint, immediate), Error::would_block, "receive a dead caller's call");
}

void kill_caller_after() {
    const Handle endpoint = make_endpoint();
    Companion caller([endpoint] { (void)call::call(endpoint, {}); });
    must(call::receive(endpoint), "receive");
    caller.kill();
    must_fail(call::reply({}), Error::gone, "reply to a dead caller");
    must_fail(call::keep_reply(), Error::gone, "keep the reply to a dead caller");
}

void kill_caller_kept() {
    const Handle endpoint = make_endpoint();
    Companion caller([endpoint] { (void)call::call(endpoint, {}); });
    must(call::receive(endpoint), "receive");
    const std::uint64_t kept = must(call::keep_reply(), "keep the reply");
    caller.kill();
    must_fail(call::reply({}, kept), Error::gone, "reply to a dead caller, later");
}

void kill_server() {
    const Handle endpoint = make_endpoint();
    std::atomic<bool> received = false;
    Companion server([&] {
        must(call::receive(endpoint), "receive");
        received = true;
        (void)call::sleep(never);
    });
    Companion caller([endpoint] {
        must_fail(call::call(endpoint, {}), Error::unanswered, "call a server that is killed");
    });
    wait_until([&] { return received.load(); });
    server.kill();
    caller.join();
}

/// One whose call it works on, two whose replies it keeps, and one who comes when it is gone.
void server_dies() {
    const Handle endpoint = make_endpoint();
    const abi::Grant given[] = {grant("endpoint", endpoint, right::read)};
    const Process server = start_role("mortal", given);
    std::atomic<unsigned> failed = 0;
    const auto call_in_vain = [&] {
        must_fail(call::call(endpoint, {}), Error::unanswered, "call a server that dies");
        ++failed;
    };
    Companion one(call_in_vain), two(call_in_vain), three(call_in_vain);
    finish(server);
    one.join();
    two.join();
    three.join();
    require(failed == 3, "not each caller has failed once");
    must_fail(call::send(endpoint, {}, immediate), Error::would_block, "send to a server that is gone");
}

void be_mortal() {
    const Handle endpoint = given("endpoint");
    for (int kept = 0; kept < 2; ++kept) {
        must(call::receive(endpoint), "receive");
        must(call::keep_reply(), "keep the reply");
    }
    must(call::receive(endpoint), "receive");
}

// ---- Replies that will not come --------------------------------------------------------------------------

void let_go() {
    const Handle endpoint = make_endpoint();
    Companion caller([endpoint] {
        must_fail(call::call(endpoint, {}), Error::unanswered, "call a server that receives again");
    });
    must(call::receive(endpoint), "receive");
    must_fail(call::receive(endpoint, immediate), Error::would_block, "receive again");
    must_fail(call::reply({}), Error::gone, "reply to who was let go");
}

/// A chain of threads, each of which receives a call, calls the next one, and replies. The last one waits.
struct Chain {
    static constexpr std::size_t length = 6;

    std::array<Handle, length> endpoints;
    std::array<std::atomic<int>, length> answered{}, unanswered{}, too_late{};
    std::atomic<bool> has_reached_end = false, may_end = false;

    Chain() {
        for (Handle& each : endpoints) each = make_endpoint();
    }

    void call_next(std::size_t i) {
        const auto answer = call::call(endpoints[i + 1], {});
        ++(answer ? answered : unanswered)[i];
        if (!answer) must_fail(answer, Error::unanswered, "call the next in a chain that is cut");
    }

    void wait_at_end() {
        has_reached_end = true;
        wait_until([this] { return may_end.load(); });
    }

    bool was_told_once(std::size_t i, bool of_success) const {
        return answered[i] == (of_success ? 1 : 0) && unanswered[i] == (of_success ? 0 : 1);
    }
};

struct Link {
    Chain* chain;
    std::size_t number;

    void operator()() const {
        must(call::receive(chain->endpoints[number]), "receive in a chain");
        number + 1 < Chain::length ? chain->call_next(number) : chain->wait_at_end();
        if (!call::reply({})) ++chain->too_late[number];
    }
};

void chain_is_cut() {
    Chain chain;
    Companion<Link> links[] = {Companion(Link{&chain, 0}), Companion(Link{&chain, 1}),
                               Companion(Link{&chain, 2}), Companion(Link{&chain, 3}),
                               Companion(Link{&chain, 4}), Companion(Link{&chain, 5})};
    Companion caller([&] { must(call::call(chain.endpoints[0], {}), "call the first of a chain"); });
    wait_until([&] { return chain.has_reached_end.load(); });
    links[3].kill();
    caller.join();
    chain.may_end = true;
    for (auto& link : links) link.join();
    require(chain.was_told_once(2, false), "who called the dead one has not failed once");
    for (const std::size_t other : {0, 1, 4})
        require(chain.was_told_once(other, true), "another one has not had one answer");
    for (std::size_t i = 0; i < Chain::length; ++i)
        require(chain.too_late[i] == (i == 4 ? 1 : 0), "a reply has gone to the wrong one, or to none");
}

constexpr Case cases[] = {
    {"suspend-sender", suspend_sender},
    {"suspend-receiver", suspend_receiver},
    {"suspend-caller", suspend_caller},
    {"suspend-server", suspend_server},
    {"kill-sender", kill_sender},
    {"kill-receiver", kill_receiver},
    {"kill-caller-before", kill_caller_before},
    {"kill-caller-after", kill_caller_after},
    {"kill-caller-kept", kill_caller_kept},
    {"kill-server", kill_server},
    {"server-dies", server_dies},
    {"let-go", let_go},
    {"chain-is-cut", chain_is_cut},
};

constexpr Case roles[] = {{"mortal", be_mortal}};

} // namespace

const Cases ending_cases = cases, ending_roles = roles;

} // namespace test
