// Notifications: bits, who takes them, and in which order with messages.
#include <doctest/doctest.h>

#include "kernel/ipc/notification.h"
#include "kernel/schedule/scheduler.h"
#include "test/host/fake_talkers.h"

using abi::Error, abi::MessageInformation, abi::MessageWords, abi::ObjectType, abi::SystemCall;
using fake::Answer, fake::Heard, fake::Talkers, fake::first_thread;
namespace right = abi::right;

namespace {

constexpr std::uint64_t for_ever = ~std::uint64_t{0};
constexpr MessageInformation immediate{MessageInformation::immediate};

struct Bits {
    explicit Bits(std::uint32_t count)
        : talkers(count), notification(talkers.create(ObjectType::notification)) {}

    std::uint64_t give(std::size_t to, std::uint64_t badge = 0, abi::Rights rights = right::all) {
        return talkers.give(talkers[to], rights, badge, notification);
    }

    Answer call(std::size_t who, SystemCall number, std::initializer_list<std::uint64_t> arguments) {
        return talkers.programs.call(talkers[who], number, arguments);
    }

    Heard heard(std::size_t who) { return talkers.heard(talkers[who]); }

    Talkers talkers;
    std::uint64_t notification;
};

} // namespace

TEST_CASE("notifications: signals before anybody looks are one; a poll takes them all, or says that there "
          "are none") {
    Bits bits(1);
    const std::uint64_t reads = bits.give(0);
    CHECK(bits.call(0, SystemCall::wait, {reads, 0}).is(Error::timed_out));
    for (const std::uint64_t badge : {4u, 8u, 4u})
        CHECK(bits.call(0, SystemCall::signal, {bits.give(0, badge)}).succeeded());
    CHECK(bits.call(0, SystemCall::signal, {bits.give(0)}).succeeded());
    CHECK(bits.call(0, SystemCall::wait, {reads, 0}).first == 13);
    CHECK(bits.call(0, SystemCall::wait, {reads, 0}).is(Error::timed_out));
}

TEST_CASE("notifications: one who waits takes all bits; the most urgent first, then in order") {
    Bits bits(4);
    bits.talkers.programs.act([&] { schedule::set_priority(first_thread(bits.talkers[2]), 20); });
    for (std::size_t i : {0u, 1u, 2u})
        CHECK(bits.call(i, SystemCall::wait, {bits.give(i), for_ever}).status == Answer::none);
    for (const std::size_t expected : {2u, 0u, 1u}) {
        CHECK(bits.heard(expected).is_pending());
        CHECK(bits.call(3, SystemCall::signal, {bits.give(3, 1 + expected)}).succeeded());
        CHECK(bits.heard(expected).succeeded());
        CHECK(bits.heard(expected).information.bits == 1 + expected);
    }
}

TEST_CASE("notifications: rights, time, and the end of the object") {
    Bits bits(2);
    CHECK(bits.call(0, SystemCall::signal, {bits.give(0, 0, right::read | right::manage)})
              .is(Error::not_permitted));
    CHECK(bits.call(0, SystemCall::wait, {bits.give(0, 0, right::write | right::manage), 0})
              .is(Error::not_permitted));
    CHECK(bits.call(0, SystemCall::set_timer, {bits.give(0, 0, right::write | right::read), 0})
              .is(Error::not_permitted));
    CHECK(bits.call(0, SystemCall::bind, {bits.give(0, 0, right::write | right::read), 0})
              .is(Error::not_permitted));
    CHECK(bits.call(0, SystemCall::signal, {abi::to_word(abi::standard_output)}).is(Error::wrong_type));
    const std::uint64_t later = bits.talkers.programs.machine().now().value + 1'000'000;
    CHECK(bits.call(0, SystemCall::wait, {bits.give(0), later}).status == Answer::none);
    bits.talkers.programs.machine().pass(base::milliseconds(2));
    CHECK(bits.heard(0).is(Error::timed_out));
    CHECK(bits.call(0, SystemCall::wait, {bits.give(0), for_ever}).status == Answer::none);
    bits.talkers.programs.act([&] {
        REQUIRE(
            object::commit(axiom::destroy_object(bits.talkers.init().pid, abi::to_handle(bits.notification)))
                ->done);
    });
    CHECK(bits.heard(0).is(Error::gone));
}

TEST_CASE("notifications: a timer signals once, at its time; another replaces it, and none takes it back") {
    Bits bits(1);
    auto& machine = bits.talkers.programs.machine();
    const std::uint64_t handle = bits.give(0, 6), start = machine.now().value;
    CHECK(bits.call(0, SystemCall::set_timer, {handle, start + 1'000'000}).succeeded());
    CHECK(bits.call(0, SystemCall::set_timer, {handle, start + 5'000'000}).succeeded());
    machine.pass(base::milliseconds(3));
    CHECK(bits.call(0, SystemCall::wait, {handle, 0}).is(Error::timed_out));
    machine.pass(base::milliseconds(3));
    CHECK(bits.call(0, SystemCall::wait, {handle, 0}).first == 6);
    machine.pass(base::milliseconds(10));
    CHECK(bits.call(0, SystemCall::wait, {handle, 0}).is(Error::timed_out));
    CHECK(bits.call(0, SystemCall::set_timer, {handle, machine.now().value + 1'000'000}).succeeded());
    CHECK(bits.call(0, SystemCall::set_timer, {handle, for_ever}).succeeded());
    machine.pass(base::milliseconds(3));
    CHECK(bits.call(0, SystemCall::wait, {handle, 0}).is(Error::timed_out));
    CHECK(bits.call(0, SystemCall::set_timer, {handle, 0}).succeeded()); // Long past: at once.
    machine.settle();
    CHECK(bits.call(0, SystemCall::wait, {handle, 0}).first == 6);
}

TEST_CASE("notifications: a bound thread takes messages and bits; when both are there the bits come first") {
    Bits bits(2);
    auto& talkers = bits.talkers;
    const std::uint64_t from = talkers.give(talkers[0], right::all),
                        to = talkers.give(talkers[1], right::all, 9);
    CHECK(bits.call(0, SystemCall::bind, {bits.give(0), 0}).succeeded());
    CHECK(talkers.say(talkers[0], SystemCall::receive, from).is_pending());
    CHECK(bits.call(1, SystemCall::signal, {bits.give(1, 32)}).succeeded());
    CHECK(bits.heard(0).succeeded());
    CHECK(bits.heard(0).information.bits == MessageInformation::notification);
    CHECK(bits.heard(0).badge == 32);
    CHECK(talkers.say(talkers[0], SystemCall::receive, from, immediate).is(Error::would_block));
    CHECK(bits.call(1, SystemCall::signal, {bits.give(1, 2)}).succeeded());
    CHECK(talkers.say(talkers[1], SystemCall::send, to, {}, {1, 2, 3, 4}).is_pending());
    CHECK(talkers.say(talkers[0], SystemCall::receive, from).information.bits ==
          MessageInformation::notification);
    CHECK(talkers.say(talkers[0], SystemCall::receive, from).badge == 9);
    CHECK(talkers.say(talkers[0], SystemCall::receive, from).is_pending());
    CHECK(talkers.say(talkers[1], SystemCall::send, to, {}, {5}).succeeded());
    CHECK(bits.heard(0).words[0] == 5);
}

TEST_CASE("notifications: one thread for each, one for each thread; both are free again when either ends") {
    Bits bits(2);
    const std::uint64_t second = bits.talkers.create(ObjectType::notification);
    CHECK(bits.call(0, SystemCall::bind, {bits.give(0), 0}).succeeded());
    CHECK(bits.call(0, SystemCall::bind, {bits.give(0), 0}).succeeded());
    CHECK(bits.call(1, SystemCall::bind, {bits.give(1), 0}).is(Error::occupied));
    CHECK(bits.call(0, SystemCall::bind, {bits.talkers.give(bits.talkers[0], right::all, 0, second), 0})
              .is(Error::occupied));
    bits.talkers.programs.act([&] { process::end(bits.talkers[0], abi::Ending::killed, 0); });
    CHECK(bits.call(1, SystemCall::bind, {bits.give(1), 0}).succeeded());
    bits.talkers.programs.act([&] {
        REQUIRE(
            object::commit(axiom::destroy_object(bits.talkers.init().pid, abi::to_handle(bits.notification)))
                ->done);
    });
    CHECK(bits.call(1, SystemCall::bind, {bits.talkers.give(bits.talkers[1], right::all, 0, second), 0})
              .succeeded());
}
