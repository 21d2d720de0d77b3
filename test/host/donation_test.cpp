// Lent priority: a server is as urgent as whoever it works for, and as whoever waits for it.
#include <doctest/doctest.h>

#include <array>

#include "kernel/ipc/donation.h"
#include "kernel/ipc/endpoint.h"
#include "kernel/object/table.h"
#include "test/host/fake_talkers.h"

using abi::Error, abi::MessageInformation, abi::MessageWords, abi::ObjectType, abi::SystemCall;
using fake::Heard, fake::Talkers, fake::first_thread;
namespace right = abi::right;

namespace {

/// Children with priorities, each with an endpoint at which it receives and which all the others may call.
struct Family {
    explicit Family(std::initializer_list<std::uint8_t> priorities)
        : talkers(static_cast<std::uint32_t>(priorities.size())) {
        std::size_t index = 0;
        for (const std::uint8_t priority : priorities) {
            set_own(index, priority);
            endpoints.push_back(talkers.create(ObjectType::endpoint));
            ++index;
        }
    }

    void set_own(std::size_t who, std::uint8_t priority) {
        talkers.programs.act([&] {
            first_thread(talkers[who]).own_priority = priority;
            ipc::reconsider(first_thread(talkers[who]));
        });
    }

    Heard receive(std::size_t who) {
        return talkers.say(talkers[who], SystemCall::receive,
                           talkers.give(talkers[who], right::all, 0, endpoints[who]));
    }

    Heard call(std::size_t from, std::size_t to) {
        return talkers.say(talkers[from], SystemCall::call,
                           talkers.give(talkers[from], right::all, from + 1, endpoints[to]));
    }

    int priority(std::size_t who) { return first_thread(talkers[who]).priority; }

    Talkers talkers;
    std::vector<std::uint64_t> endpoints;
};

} // namespace

TEST_CASE("donation: whoever owes a reply is as urgent as its caller, and as those who wait there for it") {
    Family family{3, 4, 5, 25}; // 0 owes 1 a reply, who owes 2 one; then 3 waits for 1. All linked by hand.
    std::array<process::Thread*, 3> party{};
    for (std::size_t i : {0u, 1u, 2u}) party[i] = &first_thread(family.talkers[i]);
    const auto owe = [&](std::size_t server, std::size_t caller) {
        party[server]->caller = party[caller];
        party[caller]->answerer = party[server];
        family.talkers.programs.act([&] { ipc::reconsider(*party[server]); });
    };
    const auto priorities = [&](int first, int second, int third) {
        return family.priority(0) == first && family.priority(1) == second && family.priority(2) == third;
    };
    owe(0, 1);
    CHECK(priorities(4, 4, 5));
    owe(1, 2);
    CHECK(priorities(5, 5, 5));
    family.set_own(2, 22);
    CHECK(priorities(22, 22, 22));
    family.set_own(2, 2);
    CHECK(priorities(4, 4, 2));
    family.set_own(0, 9);
    CHECK(priorities(9, 4, 2));
    ipc::Endpoint* const endpoint = *object::lookup<ipc::Endpoint>(
        family.talkers.init().pid, abi::to_handle(family.endpoints[1]), abi::Rights{});
    party[1]->works_for = endpoint;
    endpoint->workers.push_back(*party[1]);
    family.call(3, 1);
    CHECK(priorities(25, 25, 2));
    family.set_own(3, 12);
    CHECK(priorities(12, 12, 2));
    family.talkers.programs.act(
        [&] { REQUIRE(ipc::fail(first_thread(family.talkers[3]), Error::cancelled)); });
    CHECK(priorities(9, 4, 2));
    static_cast<base::ListNode<ipc::Working>&>(*party[1]).unlink();
    for (process::Thread* const each : party) {
        each->caller = each->answerer = nullptr;
        each->works_for = nullptr;
    }
}

TEST_CASE("donation: a low server runs at its caller's priority until it has answered") {
    Family family{5, 20};
    family.receive(0);
    CHECK(family.priority(0) == 5);
    family.call(1, 0);
    CHECK(family.priority(0) == 20);
    CHECK(family.talkers.say(family.talkers[0], SystemCall::reply, 0).succeeded());
    CHECK(family.priority(0) == 5);
}

TEST_CASE("donation: a high server stays high for a low caller") {
    Family family{20, 5};
    family.receive(0);
    family.call(1, 0);
    CHECK(family.priority(0) == 20);
}

TEST_CASE("donation: whoever waits for a busy server lends to it, along the whole chain, while he waits") {
    Family family{3, 4, 5, 25}; // 2 calls 1, who calls 0; then 3 waits for 1.
    family.receive(1);
    family.call(2, 1);
    family.receive(0);
    family.call(1, 0);
    CHECK(family.priority(1) == 5);
    CHECK(family.priority(0) == 5);
    family.call(3, 1);
    CHECK(family.priority(1) == 25);
    CHECK(family.priority(0) == 25);
    CHECK(family.priority(2) == 5);
    family.talkers.programs.act(
        [&] { REQUIRE(ipc::fail(first_thread(family.talkers[3]), Error::cancelled)); });
    CHECK(family.priority(1) == 5);
    CHECK(family.priority(0) == 5);
    CHECK(family.talkers.say(family.talkers[0], SystemCall::reply, 0).succeeded());
    CHECK(family.priority(0) == 3);
    CHECK(family.priority(1) == 5);
}

TEST_CASE("donation: a caller's change of priority goes on to whoever works for it") {
    Family family{3, 10};
    family.receive(0);
    family.call(1, 0);
    family.set_own(1, 22);
    CHECK(family.priority(0) == 22);
    family.set_own(1, 6);
    CHECK(family.priority(0) == 6);
    family.set_own(0, 9);
    CHECK(family.priority(0) == 9);
}

TEST_CASE("donation: what is kept for later lends nothing") {
    Family family{3, 10};
    family.receive(0);
    family.call(1, 0);
    CHECK(family.talkers.programs.call(family.talkers[0], SystemCall::keep_reply).succeeded());
    CHECK(family.priority(0) == 3);
}

TEST_CASE("donation: threads that wait for each other in a circle are as urgent as the most urgent, and no "
          "more afterwards") {
    Family family{3, 4, 5};
    for (std::size_t i : {0u, 1u}) family.receive(i);
    family.call(2, 0);
    family.call(0, 1);
    family.call(1, 2); // Waits to send, as nobody receives there.
    family.set_own(2, 30);
    for (std::size_t i : {0u, 1u, 2u}) CHECK(family.priority(i) == 30);
    family.talkers.programs.act([&] { process::end(family.talkers[2], abi::Ending::killed, 0); });
    CHECK(family.priority(0) == 3);
    CHECK(family.priority(1) == 4);
}

TEST_CASE("donation: senders are served by priority, then in the order in which they came, also when one's "
          "changes") {
    Family family{3, 10, 20, 10, 15};
    for (std::size_t i : {1u, 2u, 3u, 4u}) family.call(i, 0);
    family.set_own(4, 25);
    for (const std::uint64_t expected : {4u, 2u, 1u, 3u}) {
        const Heard heard = family.receive(0);
        CHECK(heard.badge == expected + 1);
        CHECK(family.talkers.say(family.talkers[0], SystemCall::reply, 0).succeeded());
    }
}
