// Who is served first, and who runs at whose priority. All on one CPU.
#include <array>
#include <atomic>

#include "user/test-ipc/parts.h"
#include "user/test-ipc/talk.h"

namespace test {
namespace {

constexpr std::uint8_t low = 4, middle = 8, high = 12, highest = 14; // The first thread stays above them.

void stay_on_one_cpu() { must(call::set_affinity(abi::self_process, first_cpu), "stay on one CPU"); }

/// Sends, or calls, with its priority as the word.
struct Client {
    Handle endpoint;
    std::uint64_t word;
    bool calls = false;

    void operator()() const {
        if (calls)
            require(must(call::call(endpoint, {word}), "call").words[0] == word, "the answer is another's");
        else
            must(call::send(endpoint, {word}), "send");
    }
};

void next_is(Handle endpoint, std::uint64_t word, std::string_view what) {
    require(must(call::receive(endpoint), "receive").words[0] == word, what);
}

/// In the order in which they come; of the equal ones the earlier comes first.
void queue_order() {
    stay_on_one_cpu();
    const Handle endpoint = make_endpoint();
    const Companion one(Client{endpoint, low}, low), two(Client{endpoint, high}, high),
        three(Client{endpoint, middle}, middle), four(Client{endpoint, middle + 1}, middle);
    one.wait_until_waiting();
    two.wait_until_waiting();
    three.wait_until_waiting();
    four.wait_until_waiting();
    for (const std::uint64_t word : {int{high}, int{middle}, middle + 1, int{low}})
        next_is(endpoint, word, "senders are not served by priority, then in order");
}

void queue_reorders() {
    stay_on_one_cpu();
    const Handle endpoint = make_endpoint();
    const Companion one(Client{endpoint, 1}, low), two(Client{endpoint, 2}, high),
        three(Client{endpoint, 3}, middle);
    one.wait_until_waiting();
    two.wait_until_waiting();
    three.wait_until_waiting();
    must(call::set_priority(one.handle(), highest), "raise the last");
    must(call::set_priority(two.handle(), low), "lower the first");
    for (const std::uint64_t word : {1, 3, 2}) next_is(endpoint, word, "a queue keeps the order that it had");
}

void receivers_order() {
    stay_on_one_cpu();
    const Handle endpoint = make_endpoint();
    std::array<std::atomic<std::uint64_t>, 3> got{};
    const auto receive_as = [&](std::size_t which) {
        return [&, which] { got[which] = must(call::receive(endpoint), "receive").words[0]; };
    };
    const Companion one(receive_as(0), low);
    const Companion two(receive_as(1), high);
    const Companion three(receive_as(2), middle);
    one.wait_until_waiting();
    two.wait_until_waiting();
    three.wait_until_waiting();
    for (const std::uint64_t word : {1, 2, 3}) must(call::send(endpoint, {word}), "send");
    wait_until([&] { return got[0] != 0; });
    require(got[1] == 1 && got[2] == 2 && got[0] == 3, "receivers are not served by priority");
}

/// Who comes while the server works is served by priority, too.
void order_when_serving() {
    stay_on_one_cpu();
    const Handle endpoint = make_endpoint();
    const Companion one(Client{endpoint, low, true}, low), two(Client{endpoint, high, true}, high),
        three(Client{endpoint, middle, true}, middle);
    one.wait_until_waiting();
    two.wait_until_waiting();
    three.wait_until_waiting();
    Message message = must(call::receive(endpoint), "receive");
    const Companion four(Client{endpoint, highest, true}, highest);
    four.wait_until_waiting();
    for (const std::uint64_t word : {high, highest, middle, low}) {
        require(message.words[0] == word, "callers are not served by priority");
        if (word == low) return must(call::reply({word}), "reply");
        message = must(call::reply_receive(endpoint, {word}), "reply and receive");
    }
}

// ---- Lent priority ---------------------------------------------------------------------------------------

/// Takes a call, and does not answer before it is told to.
struct Server {
    Handle endpoint = make_endpoint(), go_on = make_notification();

    void operator()() const {
        Message message = must(call::receive(endpoint), "receive");
        while (message.words[0] != 0) {
            must(call::take_signals(go_on), "wait until told");
            message = must(call::reply_receive(endpoint, message.words), "reply and receive");
        }
    }

    void end() const { must(call::send(endpoint, {0}), "end a server"); }
};

template <class Of>
void has_priority(const Companion<Of>& companion, std::uint8_t wanted, std::string_view what) {
    require(companion.priority() == wanted, what);
}

void donation() {
    stay_on_one_cpu();
    const Server server;
    const Companion works(server, low);
    works.wait_until_waiting();
    has_priority(works, low, "a server that waits has another priority than its own");
    Companion one(Client{server.endpoint, high, true}, high);
    wait_until([&] { return works.priority() == high; });
    Companion two(Client{server.endpoint, highest, true}, highest);
    two.wait_until_waiting();
    has_priority(works, highest, "who waits for a server does not lend it its priority");
    must(call::set_priority(two.handle(), middle), "lower who waits");
    has_priority(works, high, "a priority that was lowered is lent on");
    must(call::set_priority(one.handle(), highest), "raise the caller");
    has_priority(works, highest, "a priority that was raised is not lent");
    must(call::signal(server.go_on), "go on");
    one.join();
    wait_until([&] { return works.priority() == middle; });
    must(call::signal(server.go_on), "go on");
    two.join();
    works.wait_until_waiting();
    has_priority(works, low, "a server that has replied is not back at its own priority");
    server.end();
}

/// Through a server who calls another one; and it ends with the call.
void donation_in_a_chain() {
    stay_on_one_cpu();
    const Server last;
    const Companion far(last, low);
    const Handle between = make_endpoint();
    const Companion near(
        [&] {
            must(call::receive(between), "receive");
            must(call::call(last.endpoint, {1}), "call the next");
            must_fail(call::reply({}), Error::gone, "reply to who has given up");
        },
        middle);
    Companion caller(
        [&] {
            Envelope envelope = until(in(milliseconds(200)));
            must_fail(call::call(between, envelope, {}), Error::timed_out, "call until time is up");
        },
        high);
    wait_until([&] { return far.priority() == high; });
    has_priority(near, high, "who works for others and waits for others has not their priority");
    caller.join();
    has_priority(near, middle, "what was lent stays when the caller has given up");
    has_priority(far, middle, "what was lent on stays when the caller has given up");
    must(call::signal(last.go_on), "go on");
    last.end();
}

void donation_ends_with_caller() {
    stay_on_one_cpu();
    const Server server;
    const Companion works(server, low);
    Companion caller(Client{server.endpoint, 1, true}, high);
    wait_until([&] { return works.priority() == high; });
    caller.kill();
    has_priority(works, low, "what was lent stays when the caller is dead");
    must(call::signal(server.go_on), "go on");
    server.end();
}

/// One who is never done, between a caller and its server: without lent priority the call would not end.
void no_inversion() {
    stay_on_one_cpu();
    const Handle endpoint = make_endpoint();
    std::atomic<bool> is_over = false;
    std::atomic<std::uint64_t> spun = 0;
    const Companion server(
        [&] {
            Message message = must(call::receive(endpoint), "receive");
            for (int i = 0; i < 20; ++i)
                message = must(call::reply_receive(endpoint, message.words), "serve");
        },
        low);
    server.wait_until_waiting();
    const Companion spinner(
        [&] {
            while (!is_over) ++spun;
        },
        middle);
    wait_until([&] { return spun > 0; });
    Companion caller(
        [&] {
            for (std::uint64_t i = 0; i < 20; ++i)
                require(must(call::call(endpoint, {i}), "call past one who spins").words[0] == i,
                        "another answer");
        },
        high);
    caller.join();
    is_over = true;
    must(call::send(endpoint, {}), "end the server");
}

/// A client and its server, one above the other, equal, and the other way round.
void serve_at_each_priority() {
    constexpr std::uint64_t calls = 50;
    stay_on_one_cpu();
    for (const std::uint8_t priority : {low, middle, high}) {
        const Handle endpoint = make_endpoint();
        const Companion server(
            [=] {
                Message message = must(call::receive(endpoint), "receive");
                for (std::uint64_t i = 1; i < calls; ++i)
                    message = must(call::reply_receive(endpoint, {~message.words[0]}), "reply and receive");
                must(call::reply({~message.words[0]}), "reply");
            },
            priority);
        const Companion client(
            [=] {
                for (std::uint64_t i = 0; i < calls; ++i)
                    require(must(call::call(endpoint, {i}), "call").words[0] == ~i,
                            "the answer is another's");
            },
            middle);
    }
}

constexpr Case cases[] = {
    {"queue-by-priority", queue_order},
    {"queue-reorders", queue_reorders},
    {"receivers-by-priority", receivers_order},
    {"order-when-serving", order_when_serving},
    {"serve-at-each-priority", serve_at_each_priority},
    {"donation", donation},
    {"donation-in-a-chain", donation_in_a_chain},
    {"donation-ends-with-caller", donation_ends_with_caller},
    {"no-inversion", no_inversion},
};

} // namespace

const Cases priority_cases = cases;

} // namespace test
