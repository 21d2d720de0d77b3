// Interrupts as programs have them: bound to notifications, acknowledged, and left behind.
#include <doctest/doctest.h>

#include "kernel/ipc/interrupt.h"
#include "test/host/fake_gadget.h"

using abi::Error, abi::ObjectType, abi::SystemCall;
using fake::Answer, fake::Talkers;
namespace right = abi::right;

namespace {

/// Two children, either of which can drive the gadget.
struct Drivers {
    fake::Gadget gadget; // Outlives the objects.
    Talkers talkers{2};
    std::uint64_t interrupt = fake::give_init<ipc::Interrupt>(talkers, gadget);

    std::uint64_t give(std::size_t to, abi::Rights rights = right::all) {
        return talkers.give(talkers[to], rights, 0, interrupt);
    }

    Answer call(std::size_t who, SystemCall number, std::initializer_list<std::uint64_t> arguments) {
        return talkers.programs.call(talkers[who], number, arguments);
    }

    /// A notification of the child's own, with the bits as its badge.
    std::uint64_t notification(std::size_t who, std::uint64_t bits) {
        const auto made =
            call(who, SystemCall::create, {static_cast<std::uint64_t>(ObjectType::notification), 0});
        REQUIRE(made.succeeded());
        const auto badged = call(who, SystemCall::derive, {made.first, right::all.bits, bits, 0xffff'ffff});
        REQUIRE(badged.succeeded());
        return badged.first;
    }

    void happen() {
        talkers.programs.act([&] { gadget.interrupt(); });
    }

    Answer poll(std::size_t who, std::uint64_t notification) {
        return call(who, SystemCall::wait, {notification, 0});
    }
};

} // namespace

TEST_CASE("interrupts: each sets the bits of the badge that it was bound with") {
    Drivers drivers;
    const std::uint64_t handle = drivers.give(0), bits = drivers.notification(0, 6);
    CHECK_FALSE(drivers.gadget.is_open());
    CHECK(drivers.call(0, SystemCall::bind, {bits, handle}).succeeded());
    CHECK(drivers.poll(0, bits).is(Error::timed_out));
    drivers.happen();
    CHECK(drivers.poll(0, bits).first == 6);
    const unsigned before = drivers.gadget.acknowledged;
    CHECK(drivers.call(0, SystemCall::acknowledge, {handle}).succeeded());
    CHECK(drivers.gadget.acknowledged == before + 1);
}

TEST_CASE("interrupts: who binds anew takes over, and what the one before it has left is acknowledged") {
    Drivers drivers;
    const std::uint64_t first = drivers.notification(0, 1), second = drivers.notification(1, 2);
    CHECK(drivers.call(0, SystemCall::bind, {first, drivers.give(0)}).succeeded());
    drivers.happen();
    drivers.talkers.programs.act([&] { process::end(drivers.talkers[0], abi::Ending::killed, 0); });
    drivers.happen(); // To nobody.
    const unsigned before = drivers.gadget.acknowledged;
    CHECK(drivers.call(1, SystemCall::bind, {second, drivers.give(1)}).succeeded());
    CHECK(drivers.gadget.acknowledged == before + 1);
    CHECK(drivers.poll(1, second).is(Error::timed_out));
    drivers.happen();
    CHECK(drivers.poll(1, second).first == 2);
}

TEST_CASE("interrupts: with the last capability the line is closed") {
    Drivers drivers;
    CHECK(drivers.call(0, SystemCall::bind, {drivers.notification(0, 1), drivers.give(0)}).succeeded());
    CHECK(drivers.gadget.is_open());
    drivers.talkers.programs.act([&] { process::end(drivers.talkers[0], abi::Ending::killed, 0); });
    CHECK(drivers.gadget.is_open());
    CHECK(drivers.talkers.programs.call(drivers.talkers.init(), SystemCall::close, {drivers.interrupt})
              .succeeded());
    CHECK_FALSE(drivers.gadget.is_open());
}

TEST_CASE(
    "interrupts: nothing without its right, nor with another object; a line that fails can be tried again") {
    Drivers drivers;
    const std::uint64_t bits = drivers.notification(0, 1), handle = drivers.give(0);
    CHECK(drivers.call(0, SystemCall::bind, {bits, drivers.give(0, right::read)}).is(Error::not_permitted));
    CHECK(
        drivers.call(0, SystemCall::acknowledge, {drivers.give(0, right::manage)}).is(Error::not_permitted));
    CHECK(drivers.call(0, SystemCall::acknowledge, {bits}).is(Error::wrong_type));
    CHECK(drivers.call(0, SystemCall::bind, {handle, handle}).is(Error::wrong_type));
    CHECK(drivers.call(0, SystemCall::bind, {bits, bits}).is(Error::wrong_type));
    drivers.gadget.has_no_line = true;
    CHECK(drivers.call(0, SystemCall::bind, {bits, handle}).is(Error::not_found));
    drivers.gadget.has_no_line = false;
    CHECK(drivers.call(0, SystemCall::bind, {bits, handle}).succeeded());
    drivers.happen();
    CHECK(drivers.poll(0, bits).first == 1);
}
