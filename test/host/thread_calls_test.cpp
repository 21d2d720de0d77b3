// System calls about threads: starting, joining, suspending, priorities, affinity, sleep.
#include <doctest/doctest.h>

#include "kernel/schedule/scheduler.h"
#include "test/host/fake_programs.h"

using abi::Ending, abi::Error, abi::SystemCall, abi::ThreadState;
using fake::Answer, fake::Programs;
using process::Process, process::Thread;

namespace {

constexpr std::uint64_t for_ever = ~std::uint64_t{0};
constexpr std::uint64_t self = abi::to_word(abi::self_process);

struct Caller {
    Caller() : process(test.child(test.init())) {}

    Answer operator()(SystemCall number, std::initializer_list<std::uint64_t> arguments = {}) {
        return test.call(process, number, arguments);
    }

    /// A second thread; its handle in the process's table.
    std::uint64_t start(std::uint64_t priority = abi::default_priority) {
        const Answer answer = (*this)(SystemCall::thread_start, {0x40'0020, 0x80'0000, 5, priority});
        REQUIRE(answer.succeeded());
        return answer.first;
    }

    Thread& thread(std::uint64_t handle) {
        const auto found = object::lookup<Thread>(process.pid, abi::to_handle(handle), {});
        REQUIRE(found);
        return **found;
    }

    Programs test{3};
    Process& process;
};

} // namespace

TEST_CASE("threads: a further one begins where it was told, beside the first, and is joined") {
    Caller call;
    const std::uint64_t handle = call.start();
    Thread& second = call.thread(handle);
    CHECK(second.number == 1);
    CHECK(second.context.counter.value == 0x40'0020);
    CHECK(second.context.stack.value == 0x80'0000);
    CHECK(second.context.arguments[0] == 5);
    CHECK(second.state == ThreadState::running);
    CHECK(call(SystemCall::thread_join, {handle, for_ever}).status == Answer::none);
    call.test.call(second, SystemCall::thread_exit, {8});
    const hal::UserContext& context = fake::first_thread(call.process).context;
    CHECK(context.status == 0);
    CHECK(context.values[0] == static_cast<std::uint64_t>(Ending::exited));
    CHECK(context.values[1] == 8);
    CHECK(call(SystemCall::thread_join, {handle, for_ever}).second == 8);
    CHECK(call(SystemCall::suspend, {handle}).is(Error::not_running));
    CHECK(call(SystemCall::close, {handle}).succeeded());
}

TEST_CASE(
    "threads: a stack that is misaligned, addresses of the kernel's, and a higher priority are refused") {
    Caller call;
    const std::uint32_t objects = object::state().object_count();
    CHECK(call(SystemCall::thread_start, {0x40'0000, 0x80'0008, 0, 16}).is(Error::misaligned));
    CHECK(call(SystemCall::thread_start, {1ull << 63, 0x80'0000, 0, 16}).is(Error::bad_address));
    CHECK(call(SystemCall::thread_start, {0x40'0000, 1ull << 40, 0, 16}).is(Error::bad_address));
    CHECK(call(SystemCall::thread_start, {0x40'0000, 0x80'0000, 0, 17}).is(Error::not_permitted));
    CHECK(call(SystemCall::thread_start, {0x40'0000, 0x80'0000, 0, 256 + 16}).is(Error::not_permitted));
    CHECK(object::state().object_count() == objects);
    for (const Thread& each : call.process.threads) CHECK(each.number == 0);
}

TEST_CASE(
    "threads: when the last one exits its process ends with its code, and when one is killed only it does") {
    Caller call;
    const std::uint64_t handle = call.start();
    const object::Ref<Process> pin(call.process);
    CHECK(call(SystemCall::kill, {handle, 3}).succeeded());
    CHECK_FALSE(call.process.has_ended());
    CHECK(call(SystemCall::thread_join, {handle, for_ever}).first ==
          static_cast<std::uint64_t>(Ending::killed));
    call(SystemCall::thread_exit, {6});
    CHECK(call.process.end.ending == Ending::exited);
    CHECK(call.process.end.code == 6);
}

TEST_CASE("threads: a process that exits takes those along that run elsewhere, wait or are suspended") {
    Caller call;
    const std::uint64_t a = call.start(), b = call.start(), c = call.start();
    CHECK(call(SystemCall::suspend, {a}).succeeded());
    static_cast<void>(b);
    static_cast<void>(c);
    const object::Ref<Process> pin(call.process);
    call(SystemCall::exit, {0});
    CHECK(call.process.threads.empty());
    CHECK(call.process.space == nullptr);
}

TEST_CASE("threads: suspending one, itself included, and resuming it") {
    Caller call;
    const std::uint64_t handle = call.start();
    CHECK(call(SystemCall::suspend, {handle}).succeeded());
    CHECK(call.thread(handle).state == ThreadState::suspended);
    CHECK(call(SystemCall::resume, {handle}).succeeded());
    CHECK(call.thread(handle).state == ThreadState::running);
    Thread& second = call.thread(handle);
    CHECK(call.test.call(second, SystemCall::suspend, {handle}).succeeded());
    CHECK(second.state == ThreadState::suspended);
    CHECK(call(SystemCall::resume, {handle}).succeeded());
    CHECK(second.state == ThreadState::running);
}

TEST_CASE("threads: priorities go down freely, up to the caller's own, and for all of a process at once") {
    Caller call;
    const std::uint64_t handle = call.start();
    CHECK(call(SystemCall::set_priority, {handle, 3}).succeeded());
    CHECK(call.thread(handle).priority == 3);
    CHECK(call(SystemCall::set_priority, {handle, 16}).succeeded());
    CHECK(call(SystemCall::set_priority, {handle, 17}).is(Error::not_permitted));
    CHECK(call(SystemCall::set_priority, {handle, 32}).is(Error::invalid_argument));
    CHECK(call(SystemCall::set_priority, {handle, ~0ull}).is(Error::invalid_argument));
    CHECK(call(SystemCall::set_priority, {self, 5}).succeeded());
    for (const Thread& each : call.process.threads) CHECK(each.priority == 5);
    CHECK(call(SystemCall::set_priority, {self, 6}).is(Error::not_permitted));
}

TEST_CASE("threads: affinity must leave a CPU that is there") {
    Caller call;
    const std::uint64_t handle = call.start();
    for (const std::uint64_t none : {std::uint64_t{0}, std::uint64_t{0b1000}, std::uint64_t{1} << 40})
        CHECK(call(SystemCall::set_affinity, {handle, none}).is(Error::invalid_argument));
    const std::uint32_t other = fake::first_thread(call.process).cpu == 1 ? 2 : 1;
    CHECK(call(SystemCall::set_affinity, {handle, std::uint64_t{1} << other}).succeeded());
    CHECK(call.thread(handle).cpu == other);
    CHECK(call(SystemCall::set_affinity, {self, ~0ull}).succeeded());
}

TEST_CASE("threads: sleep ends at its deadline, time tells it, and yield comes back") {
    Caller call;
    CHECK(call(SystemCall::time).first == 0);
    call(SystemCall::sleep, {2'000'000});
    Thread& thread = fake::first_thread(call.process);
    CHECK(thread.state == ThreadState::sleeping);
    call.test.machine().pass(base::milliseconds(2));
    CHECK(thread.state == ThreadState::running);
    CHECK(thread.context.status == 0);
    CHECK(call(SystemCall::time).first == 2'000'000);
    CHECK(call(SystemCall::yield).succeeded());
}
