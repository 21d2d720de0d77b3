// Many senders at once: each message is by whom it says, and only those end that are meant to.
#include <array>
#include <atomic>

#include "user/test-ipc/parts.h"
#include "user/test-ipc/talk.h"

namespace test {
namespace {

constexpr std::size_t senders = 4;
constexpr std::uint64_t messages = 1000;

constexpr std::uint64_t badge_of(std::uint64_t sender) { return 0x1000 + sender * 0x1'0000'0001; }

/// Calls or sends, with whatever would be somebody else's badge or id in its words and flags.
void be_one_of_many() {
    const Handle endpoint = given("endpoint");
    const std::uint64_t self = must(call::call(endpoint, {~std::uint64_t{0}}), "ask who I am").words[0];
    for (std::uint64_t i = 0; i < messages; ++i) {
        const MessageWords words{self, i, badge_of((self + 1) % senders), i};
        if (i % 2 == 0)
            must(call::send(endpoint, words), "send");
        else
            require(must(call::call(endpoint, words), "call").words == MessageWords{self, i},
                    "another's answer has come");
    }
}

/// What is known of a sender, and how far it is.
struct Sender {
    std::uint32_t process = 0;
    std::uint64_t badge = 0;
    std::uint64_t next = 0;

    void check(const Message& message) {
        require(message.badge == badge && message.information.sender() == process,
                "a message is not by whom it says");
        require(message.words[1] == next, "messages of one sender have come in another order, or are lost");
        require(message.information.has(MessageInformation::call) == (next % 2 == 1),
                "a send is a call, or a call a send");
        ++next;
    }
};

void badges_under_load() {
    const Handle endpoint = make_endpoint();
    std::array<Sender, senders> known;
    for (std::size_t i = 0; i < senders; ++i) {
        known[i].badge = badge_of(i);
        const abi::Grant given[] = {
            grant("endpoint", with_badge(endpoint, badge_of(i)), right::write | right::call)};
        Process process = start_role("one-of-many", given);
        known[i].process = process.id();
        process.forget();
    }
    for (std::uint64_t i = 0; i < senders * (messages + 1); ++i) {
        const Message message = must(call::receive(endpoint), "receive");
        if (message.words[0] == ~std::uint64_t{0}) {
            for (std::uint64_t each = 0; each < senders; ++each)
                if (known[each].badge == message.badge) must(call::reply({each}), "tell it who it is");
            continue;
        }
        require(message.words[0] < senders, "words are not what was sent");
        known[message.words[0]].check(message);
        if (message.information.has(MessageInformation::call))
            must(call::reply({message.words[0], message.words[1]}), "reply");
    }
}

/// A badge can be given once, and neither changed nor taken away.
void badge_stays() {
    const Handle endpoint = make_endpoint();
    const Handle badged = with_badge(endpoint, 7);
    must_fail(call::derive(badged, right::write, 8), Error::not_permitted, "give another badge");
    const Handle again = must(call::derive(badged, right::write), "derive without a badge");
    require(must(call::identify(again), "identify it").badge == 7, "a badge is lost");
    const Companion sender([=] { must(call::send(again, {0, 0, 0, 8}), "send"); });
    require(must(call::receive(endpoint), "receive").badge == 7, "a message has another badge");
}

// ---- Cancelling ------------------------------------------------------------------------------------------

void cancel_one_badge() {
    const Handle endpoint = make_endpoint();
    const Handle first = with_badge(endpoint, 1), second = with_badge(endpoint, 2);
    std::atomic<int> cancelled = 0;
    const auto be_cancelled = [&] {
        must_fail(call::send(first, {1}), Error::cancelled, "send until it is cancelled");
        ++cancelled;
    };
    const auto be_received = [&] { must(call::send(second, {2}), "send what is not cancelled"); };
    const Companion one(be_cancelled), three(be_cancelled);
    const Companion two(be_received), four(be_received);
    one.wait_until_waiting();
    two.wait_until_waiting();
    three.wait_until_waiting();
    four.wait_until_waiting();
    must(call::cancel(first), "cancel those with a badge");
    wait_until([&] { return cancelled == 2; });
    for (int i = 0; i < 2; ++i)
        require(must(call::receive(endpoint), "receive").badge == 2, "another one's message has come");
    must_fail(call::receive(endpoint, immediate), Error::would_block, "receive what was cancelled");
    must_fail(call::cancel(with_rights(first, right::write)), Error::not_permitted,
              "cancel without the right to");
}

void cancel_all() {
    const Handle endpoint = make_endpoint();
    const Handle badged = with_badge(endpoint, 1);
    const Companion one(
        [=] { must_fail(call::send(badged, {}), Error::cancelled, "send until it is cancelled"); });
    const Companion two(
        [=] { must_fail(call::call(endpoint, {}), Error::cancelled, "call until it is cancelled"); });
    one.wait_until_waiting();
    two.wait_until_waiting();
    must(call::cancel(endpoint), "cancel all");
}

/// At each stage, and in each wait.
void cancel_thread() {
    const Handle endpoint = make_endpoint(), notification = make_notification();
    Companion receiver(
        [=] { must_fail(call::receive(endpoint), Error::cancelled, "receive until it is cancelled"); });
    receiver.wait_until_waiting();
    must(call::cancel(receiver.handle()), "cancel a receiver");
    receiver.join();
    Companion waiter(
        [=] { must_fail(call::wait(notification), Error::cancelled, "wait until it is cancelled"); });
    waiter.wait_until_waiting();
    must(call::cancel(waiter.handle()), "cancel who waits for a signal");
    waiter.join();
    Companion caller(
        [=] { must_fail(call::call(endpoint, {}), Error::cancelled, "call until it is cancelled"); });
    must(call::receive(endpoint), "receive");
    must(call::cancel(caller.handle()), "cancel who waits for a reply");
    must_fail(call::reply({}), Error::gone, "reply to who was cancelled");
    caller.join();
}

constexpr Case cases[] = {
    {"badges-under-load", badges_under_load}, {"badge-stays", badge_stays},
    {"cancel-one-badge", cancel_one_badge},   {"cancel-all", cancel_all},
    {"cancel-thread", cancel_thread},
};

constexpr Case roles[] = {{"one-of-many", be_one_of_many}};

} // namespace

const Cases load_cases = cases, load_roles = roles;

} // namespace test
