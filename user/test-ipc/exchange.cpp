// Send and receive, call and reply, and replies that come later: between threads, processes, and CPUs.
#include <array>

#include "user/test-ipc/parts.h"
#include "user/test-ipc/talk.h"

namespace test {
namespace {

constexpr std::uint64_t rounds = 20;
constexpr std::string_view place = "endpoint";

MessageWords words_of(std::uint64_t round) { return {round, round * 3, ~round, 7}; }

MessageWords answer_to(const MessageWords& words) { return {words[3], words[2], words[1], ~words[0]}; }

/// In half of the rounds one side is there first, in the others the other.
void be_late(bool late) {
    if (late) sleep_for(milliseconds(1));
}

void send_all(Handle to) {
    for (std::uint64_t round = 0; round < rounds; ++round) {
        be_late(round % 2 == 0);
        must(call::send(to, words_of(round)), "send");
    }
}

void receive_all(Handle from) {
    for (std::uint64_t round = 0; round < rounds; ++round) {
        be_late(round % 2 == 1);
        const Message message = must(call::receive(from), "receive");
        require(message.words == words_of(round), "words are not what was sent");
        require((message.information.bits & 0xffff'ffff) == 0 && message.badge == 0,
                "a send of words is more than that");
    }
}

void call_all(Handle to) {
    for (std::uint64_t round = 0; round < rounds; ++round) {
        be_late(round % 2 == 0);
        const Message answer = must(call::call(to, words_of(round)), "call");
        require(answer.words == answer_to(words_of(round)), "an answer is not what was replied");
        require(!answer.information.has(MessageInformation::call), "an answer asks for one");
    }
}

void answer_all(Handle from) {
    for (std::uint64_t round = 0; round < rounds; ++round) {
        be_late(round % 2 == 1);
        const Message message = must(call::receive(from), "receive");
        require(message.words == words_of(round), "words are not what was called with");
        require(message.information.has(MessageInformation::call), "a call does not ask for a reply");
        must(call::reply(answer_to(message.words)), "reply");
        must_fail(call::reply({}), Error::gone, "reply twice");
    }
}

void serve_all(Handle from) {
    Message message = must(call::receive(from), "receive");
    for (std::uint64_t round = 0; round + 1 < rounds; ++round) {
        require(message.words == words_of(round), "words are not what was called with");
        message = must(call::reply_receive(from, answer_to(message.words)), "reply and receive");
    }
    must(call::reply(answer_to(message.words)), "reply");
}

/// Takes a call of each of two callers, and answers the later one first.
void answer_later(Handle from) {
    for (std::uint64_t round = 0; round < rounds; ++round) {
        const Message first = must(call::receive(from), "receive the first call");
        const std::uint64_t kept = must(call::keep_reply(), "keep its reply");
        const Message second = must(call::receive(from), "receive the second call");
        must(call::reply(answer_to(second.words)), "reply to the second");
        must(call::reply(answer_to(first.words), kept), "reply to the first");
        must_fail(call::reply({}, kept), Error::gone, "use a kept reply twice");
    }
}

struct Dialogue {
    std::string_view role;
    void (*other)(Handle to);
    void (*self)(Handle from);
};

constexpr Dialogue sending{"sender", send_all, receive_all};
constexpr Dialogue calling{"caller", call_all, answer_all};
constexpr Dialogue serving{"caller", call_all, serve_all};
/// Two callers, so that a round is as many calls as callers.
constexpr Dialogue delaying{"caller", call_all, answer_later};

constexpr std::size_t others(const Dialogue& dialogue) { return dialogue.self == answer_later ? 2 : 1; }

template <const Dialogue& dialogue>
void between_threads() {
    const Handle endpoint = make_endpoint();
    const auto talk = [endpoint] { dialogue.other(endpoint); };
    const Companion first(talk);
    if constexpr (others(dialogue) == 1) return dialogue.self(endpoint);
    const Companion second(talk);
    dialogue.self(endpoint);
}

/// With one CPU both are on that.
template <const Dialogue& dialogue, bool apart = false>
void between_processes() {
    const Handle endpoint = make_endpoint();
    const abi::Grant given[] = {grant(place, endpoint, right::write | right::call)};
    if (apart) must(call::set_affinity(abi::self_process, first_cpu), "stay on the first CPU");
    for (std::size_t i = 0; i + 1 < others(dialogue); ++i) start_role(dialogue.role, given).forget();
    const Process last = start_role(dialogue.role, given);
    if (apart && count_cpus() > 1)
        must(call::set_affinity(last.handle(), second_cpu), "send the other to the second CPU");
    dialogue.self(endpoint);
    finish(last);
}

void nobody_receives() {
    const Handle endpoint = make_endpoint();
    must_fail(call::send(endpoint, some_words, immediate), Error::would_block, "send to nobody");
    Envelope envelope;
    must_fail(call::call(endpoint, envelope, immediate), Error::would_block, "call nobody");
    const Companion receiver([endpoint] { must(call::receive(endpoint), "receive"); });
    receiver.wait_until_waiting();
    must(call::send(endpoint, some_words, immediate), "send to who waits");
    must_fail(call::send(endpoint, some_words, immediate), Error::would_block, "send to who has gone");
}

void nobody_sends() {
    const Handle endpoint = make_endpoint();
    must_fail(call::receive(endpoint, immediate), Error::would_block, "receive from nobody");
    const Companion sender([endpoint] { must(call::send(endpoint, some_words), "send"); });
    sender.wait_until_waiting();
    require(must(call::receive(endpoint, immediate), "receive what waits").words == some_words,
            "words are not what was sent");
    must_fail(call::receive(endpoint, immediate), Error::would_block, "receive from who has gone");
}

constexpr Case cases[] = {
    {"send-threads", between_threads<sending>},
    {"send-processes", between_processes<sending>},
    {"send-cpus", between_processes<sending, true>},
    {"call-threads", between_threads<calling>},
    {"call-processes", between_processes<calling>},
    {"call-cpus", between_processes<calling, true>},
    {"serve-threads", between_threads<serving>},
    {"serve-processes", between_processes<serving>},
    {"serve-cpus", between_processes<serving, true>},
    {"later-threads", between_threads<delaying>},
    {"later-processes", between_processes<delaying>},
    {"later-cpus", between_processes<delaying, true>},
    {"nobody-receives", nobody_receives},
    {"nobody-sends", nobody_sends},
};

constexpr Case roles[] = {
    {"sender", [] { send_all(given(place)); }},
    {"caller", [] { call_all(given(place)); }},
};

} // namespace

const Cases exchange_cases = cases, exchange_roles = roles;

} // namespace test
