// Faults as calls: to whom they go, what is said, and how the thread goes on.
#include <doctest/doctest.h>

#include "test/host/fake_talkers.h"

using abi::Ending, abi::Error, abi::FaultAccess, abi::FaultAction, abi::FaultKind, abi::MessageInformation,
    abi::SystemCall;
using fake::Heard, fake::Talkers, fake::first_thread;
namespace right = abi::right;

namespace {

constexpr base::VirtualAddress nowhere{0x7000'0000};

/// Child 0 faults; child 1 handles it through an endpoint that child 0 calls with badge 5.
struct Handled {
    Handled() {
        const abi::Handle self = abi::self_process;
        REQUIRE(talkers.programs.call(talkers[0], SystemCall::set_fault_handler, {abi::to_word(self), to})
                    .succeeded());
        context().counter = {0x40'0100};
    }

    hal::UserContext& context() { return first_thread(talkers[0]).context; }

    void fault() {
        talkers.programs.machine().fault(first_thread(talkers[0]).cpu,
                                         {.kind = hal::UserFault::Kind::access,
                                          .access = hal::UserFault::Access::write,
                                          .address = nowhere,
                                          .code = 99});
        talkers.programs.machine().settle();
    }

    Heard receive() { return talkers.say(talkers[1], SystemCall::receive, from); }

    void reply(FaultAction action, std::uint64_t address = 0) {
        REQUIRE(
            talkers.say(talkers[1], SystemCall::reply, 0, {}, {static_cast<std::uint64_t>(action), address})
                .succeeded());
    }

    bool runs() { return first_thread(talkers[0]).state == abi::ThreadState::running; }

    Talkers talkers{2};
    std::uint64_t to = talkers.give(talkers[0], right::write | right::call, 5);
    std::uint64_t from = talkers.give(talkers[1], right::read);
};

} // namespace

TEST_CASE(
    "fault handler: is told what happened, and its reply lets the thread go on at the same instruction") {
    Handled handled;
    handled.fault();
    CHECK_FALSE(handled.runs());
    const Heard heard = handled.receive();
    CHECK(heard.succeeded());
    CHECK(heard.badge == 5);
    CHECK(heard.information.sender() == handled.talkers[0].pid.value);
    CHECK(heard.information.has(MessageInformation::call));
    CHECK(abi::fault_kind(heard.words) == FaultKind::access);
    CHECK(abi::fault_access(heard.words) == FaultAccess::write);
    CHECK(heard.words[1] == nowhere.value);
    CHECK(heard.words[2] == 0x40'0100);
    CHECK(heard.words[3] == 99);
    const std::uint64_t status = handled.context().status;
    handled.reply(FaultAction::retry);
    CHECK(handled.runs());
    CHECK(handled.context().counter.value == 0x40'0100);
    CHECK(handled.context().status == status); // Its registers are its own.
}

TEST_CASE("fault handler: may have the thread go on elsewhere, or end") {
    Handled handled;
    handled.fault();
    handled.receive();
    handled.reply(FaultAction::skip_to, 0x40'0200);
    CHECK(handled.runs());
    CHECK(handled.context().counter.value == 0x40'0200);
    handled.fault();
    handled.receive();
    handled.reply(FaultAction::end);
    const object::Ref<process::Process> pin(handled.talkers[0]);
    handled.fault(); // Again, at the same instruction.
    CHECK(handled.talkers[0].end.ending == Ending::faulted);
}

TEST_CASE(
    "fault handler: an action that is none ends the thread; bytes and capabilities cannot come with it") {
    Handled handled;
    handled.fault();
    handled.receive();
    const abi::Envelope bytes{.data = 0x40'0000};
    CHECK(
        handled.talkers.enclose(handled.talkers[1], SystemCall::reply, 0, MessageInformation::of(8, 0), bytes)
            .is(Error::too_large));
    CHECK_FALSE(handled.runs());
    handled.reply(static_cast<FaultAction>(77));
    const object::Ref<process::Process> pin(handled.talkers[0]);
    handled.fault();
    CHECK(handled.talkers[0].end.ending == Ending::faulted);
}

TEST_CASE("fault handler: one that ends before it answers leaves the fault unhandled") {
    for (const bool has_received : {false, true}) {
        Handled handled;
        handled.fault();
        if (has_received) handled.receive();
        const object::Ref<process::Process> pin(handled.talkers[0]);
        handled.talkers.programs.act([&] {
            if (has_received)
                process::end(handled.talkers[1], Ending::killed, 0);
            else
                REQUIRE(object::commit(axiom::destroy_object(handled.talkers.init().pid,
                                                             abi::to_handle(handled.talkers.endpoint))));
        });
        CHECK(handled.runs());
        handled.fault();
        CHECK(handled.talkers[0].end.ending == Ending::faulted);
    }
}

TEST_CASE("fault handler: whose capability was taken away is not asked") {
    Handled handled;
    handled.talkers.programs.call(handled.talkers[0], SystemCall::close, {handled.to});
    const object::Ref<process::Process> pin(handled.talkers[0]);
    handled.fault();
    CHECK(handled.talkers[0].end.ending == Ending::faulted);
}

TEST_CASE(
    "fault handler: must be an endpoint that may be called; later threads have that of who starts them") {
    Handled handled;
    auto& talkers = handled.talkers;
    const std::uint64_t self = abi::to_word(abi::self_process);
    const auto set = [&](std::uint64_t handler) {
        return talkers.programs.call(talkers[0], SystemCall::set_fault_handler, {self, handler});
    };
    CHECK(set(talkers.give(talkers[0], right::write)).is(Error::not_permitted));
    CHECK(set(talkers.give(talkers[0], right::read | right::call)).is(Error::not_permitted));
    CHECK(set(abi::to_word(abi::standard_output)).is(Error::wrong_type));
    REQUIRE(talkers.programs.call(talkers[0], SystemCall::thread_start, {0x40'0000, 0x80'0000, 0, 16})
                .succeeded());
    for (const process::Thread& thread : talkers[0].threads) CHECK(bool(thread.fault_handler));
    CHECK(set(0).succeeded());
    for (const process::Thread& thread : talkers[0].threads) CHECK_FALSE(bool(thread.fault_handler));
}
