// The lives of processes and threads: how they begin, end, are waited for and are forgotten.
#include <doctest/doctest.h>

#include <vector>

#include "kernel/schedule/scheduler.h"
#include "test/host/fake_programs.h"

using abi::Ending, abi::Error, abi::SystemCall;
using fake::Answer, fake::Balance, fake::Programs;
using process::Process;

namespace {

constexpr std::uint64_t for_ever = ~std::uint64_t{0};

Answer ended(Ending ending, std::int64_t code) {
    return {0, static_cast<std::uint64_t>(ending), static_cast<std::uint64_t>(code)};
}

bool operator==(const Answer& a, const Answer& b) {
    return a.status == b.status && a.first == b.first && a.second == b.second;
}

/// The handle under which a process knows its newest child.
struct Child {
    explicit Child(Programs& test, Process& parent) {
        const Answer answer = test.spawn(parent, test.request(parent));
        REQUIRE(answer.succeeded());
        handle = answer.first;
        process = &Programs::behind(parent, handle);
    }

    std::uint64_t handle = 0;
    Process* process = nullptr;
};

abi::ThreadState state_of(Process& process) { return fake::first_thread(process).state; }

/// Vectors in which the fakes take notes are not what is measured.
Balance balance() {
    std::vector<std::uint32_t>().swap(fake::notified_cpus());
    return Balance::now();
}

} // namespace

TEST_CASE("process: a child begins at its entry with its stack, its name and its standard handles") {
    Programs test(2);
    Process& init = test.init();
    const Answer answer = test.spawn(init, test.request(init));
    REQUIRE(answer.succeeded());
    Process& child = Programs::behind(init, answer.first);
    CHECK(answer.second == child.pid.value);
    CHECK(child.parent == &init);
    CHECK(child.name.view() == "child");
    const hal::UserContext& context = fake::first_thread(child).context;
    CHECK(context.counter.value == 0x40'0010);
    CHECK(context.stack.is_aligned(16));
    const auto info = memory::read_value<abi::StartInfo>(*child.space, {context.arguments[0]});
    REQUIRE(info);
    CHECK(info->argument_count == 0);
    CHECK(info->heap_start == 0x40'7000);
    for (const abi::Handle handle :
         {abi::self_process, abi::standard_input, abi::standard_output, abi::standard_error})
        CHECK(object::state().capability(child.pid, handle));
    CHECK(&Programs::behind(child, abi::to_word(abi::self_process)) == &child);
    CHECK(state_of(child) == abi::ThreadState::running);
}

TEST_CASE("process: its text is the image's own page, its data a copy with zeros behind") {
    Programs test(2);
    Process& child = test.child(test.init());
    const auto text = child.space->resolve({0x40'0000}, memory::Access::execute);
    CHECK(text == fake::Machine::initrd.start + Programs::program_offset + 0x1000);
    CHECK(child.space->resolve({0x40'0000}, memory::Access::write).error() == Error::bad_address);
    const auto data = memory::read_value<std::uint64_t>(*child.space, {0x40'4010});
    CHECK(data == 0x0101'0101'0101'0101u);
    CHECK(memory::read_value<std::uint64_t>(*child.space, {0x40'4030}) == 0u);
    CHECK(memory::read_value<std::uint64_t>(*child.space, {0x40'5ff8}) == 0u);
    for (const std::uint64_t guard : {std::uint64_t{0x40'1000}, std::uint64_t{0x40'3000},
                                      std::uint64_t{0x40'6000}, abi::highest_address - 256 * 1024 - 1})
        CHECK(child.space->resolve({guard}, memory::Access::read).error() == Error::bad_address);
}

TEST_CASE("process: an exit code reaches who waits, who comes later, and who asks twice") {
    Programs test(3);
    Process& init = test.init();
    const Child child(test, init);
    CHECK(test.call(init, SystemCall::wait, {child.handle, for_ever}).status == Answer::none);
    CHECK(state_of(init) == abi::ThreadState::waiting);
    test.call(*child.process, SystemCall::exit, {static_cast<std::uint64_t>(-7)});
    CHECK(state_of(init) == abi::ThreadState::running);
    const hal::UserContext& context = fake::first_thread(init).context;
    CHECK(Answer{context.status, context.values[0], context.values[1]} == ended(Ending::exited, -7));
    for (int i = 0; i < 2; ++i)
        CHECK(test.call(init, SystemCall::wait, {child.handle, for_ever}) == ended(Ending::exited, -7));
}

TEST_CASE("process: a wait ends by its deadline; a second one still sees the end") {
    Programs test(2);
    Process& init = test.init();
    const Child child(test, init);
    test.call(init, SystemCall::wait, {child.handle, 1'000'000});
    test.machine().pass(base::milliseconds(1));
    CHECK(fake::first_thread(init).context.status == static_cast<std::uint64_t>(Error::timed_out));
    test.call(*child.process, SystemCall::exit, {3});
    CHECK(test.call(init, SystemCall::wait, {child.handle, for_ever}) == ended(Ending::exited, 3));
}

TEST_CASE("process: killing one that runs, waits, or is ready ends it, and says by whom") {
    Programs test(3);
    Process& init = test.init();
    const Child running(test, init), waiting(test, init);
    test.call(*waiting.process, SystemCall::sleep, {for_ever});
    const Child second(test, init), ready(test, init);
    for (const Child* const child : {&running, &waiting, &second, &ready}) {
        CHECK(test.call(init, SystemCall::kill, {child->handle, 9}).succeeded());
        CHECK(child->process->space == nullptr);
        CHECK(child->process->threads.empty());
        CHECK(test.call(init, SystemCall::wait, {child->handle, for_ever}) == ended(Ending::killed, 9));
    }
    CHECK(test.call(init, SystemCall::kill, {running.handle, 1}).succeeded());
    CHECK(test.call(init, SystemCall::wait, {running.handle, for_ever}) == ended(Ending::killed, 9));
}

TEST_CASE("process: a process can kill itself, and its caller's registers are not written afterwards") {
    Programs test(2);
    Process& init = test.init();
    const Child child(test, init);
    test.call(*child.process, SystemCall::kill, {abi::to_word(abi::self_process), 4});
    CHECK(test.call(init, SystemCall::wait, {child.handle, for_ever}) == ended(Ending::killed, 4));
}

TEST_CASE("process: a parent's end ends its children and theirs, wherever they are") {
    Programs test(4);
    Process& init = test.init();
    const Balance before = balance();
    const Child parent(test, init);
    const Child middle(test, *parent.process);
    const Child leaf(test, *middle.process);
    const Child sibling(test, *parent.process);
    const object::Ref<Process> pin(*leaf.process), other_pin(*sibling.process);
    test.call(*parent.process, SystemCall::exit, {1});
    CHECK(leaf.process->end.ending == Ending::orphaned);
    CHECK(sibling.process->end.ending == Ending::orphaned);
    CHECK(leaf.process->threads.empty());
    CHECK(test.call(init, SystemCall::wait, {parent.handle, for_ever}) == ended(Ending::exited, 1));
    CHECK(test.call(init, SystemCall::close, {parent.handle}).succeeded());
    CHECK(object::state().process_count() == before.processes);
    CHECK(object::state().object_count() == before.objects);
}

TEST_CASE("process: a zombie is kept until its last capability is closed, and then its number is gone") {
    Programs test(2);
    Process& init = test.init();
    const Balance before = balance();
    const Child child(test, init);
    const axiom::ProcessId pid = child.process->pid;
    test.call(*child.process, SystemCall::exit, {0});
    REQUIRE(object::state().process(pid));
    CHECK(object::state().process_count() == before.processes + 1);
    CHECK(memory::frames().statistics().free == before.free_frames);
    CHECK(test.call(init, SystemCall::close, {child.handle}).succeeded());
    CHECK_FALSE(object::state().process(pid));
    CHECK(balance() == before);
    CHECK(test.call(init, SystemCall::wait, {child.handle, for_ever}).is(Error::bad_handle));
}

TEST_CASE("process: one whose parent closed its handle is gone when it ends, however full its table is") {
    Programs test(2);
    Process& init = test.init();
    const Balance before = balance();
    for (const unsigned handles : {0u, 5u, 60u}) {
        const Child child(test, init);
        const object::Ref<Process> pin(*child.process);
        for (unsigned i = 0; i < handles; ++i)
            REQUIRE(test.call(*child.process, SystemCall::create,
                              {static_cast<std::uint64_t>(abi::ObjectType::null)})
                        .succeeded());
        CHECK(test.call(init, SystemCall::close, {child.handle}).succeeded());
        test.call(*child.process, SystemCall::exit, {0});
        CHECK(object::state().process_count() == before.processes);
        CHECK(object::state().object_count() == before.objects);
    }
    CHECK(balance() == before);
}

TEST_CASE("process: it keeps the capability for itself, so that it can be found as long as it runs") {
    Programs test(2);
    Process& child = test.child(test.init());
    CHECK(test.call(child, SystemCall::close, {abi::to_word(abi::self_process)}).is(Error::not_permitted));
    CHECK(&Programs::behind(child, abi::to_word(abi::self_process)) == &child);
}

TEST_CASE("process: a fault ends it with a line that says what it was, and its parent sees why") {
    Programs test(2);
    Process& init = test.init();
    const Child child(test, init);
    const hal::UserFault fault{
        .kind = hal::UserFault::Kind::access, .access = hal::UserFault::Access::write, .address = {0x10}};
    const std::string expected = "process " + std::to_string(child.process->pid.value) +
                                 " (child), thread 0: fake fault at 0x10, pc 0x400010: ended";
    test.machine().fault(fake::first_thread(*child.process).cpu, fault);
    test.machine().settle();
    REQUIRE_FALSE(fake::log_lines().empty());
    CHECK(fake::log_lines().back() == expected);
    CHECK(test.call(init, SystemCall::wait, {child.handle, for_ever}) == ended(Ending::faulted, 0));
}

TEST_CASE("process: a touch of memory that is to come is no fault, and floating point is opened") {
    Programs test(2);
    Process& child = test.child(test.init());
    const std::uint32_t cpu = fake::first_thread(child).cpu;
    const std::uint64_t frames = child.account.frames();
    test.machine().fault(cpu, {.kind = hal::UserFault::Kind::access,
                               .access = hal::UserFault::Access::write,
                               .address = {abi::highest_address - 5 * base::page_size}});
    CHECK(child.account.frames() == frames + 1);
    test.machine().fault(cpu, {.kind = hal::UserFault::Kind::fpu_off});
    CHECK(fake::first_thread(child).fpu_live);
    CHECK_FALSE(child.has_ended());
}

TEST_CASE("process: the same fault again and again, for which there is no reason, is one at last") {
    Programs test(2);
    Process& init = test.init();
    const Child child(test, init);
    const std::uint32_t cpu = fake::first_thread(*child.process).cpu;
    const object::Ref<Process> pin(*child.process);
    const auto fault_at = [&](base::VirtualAddress address) {
        test.machine().fault(cpu, {.kind = hal::UserFault::Kind::access,
                                   .access = hal::UserFault::Access::read,
                                   .address = address});
    };
    const base::VirtualAddress there = fake::first_thread(*child.process).context.stack;
    for (int i = 0; i < 16; ++i) fault_at(there);
    fault_at({abi::highest_address - 5 * base::page_size}); // A page that was not there: it has gone on.
    for (int i = 0; i < 16; ++i) fault_at(there);
    CHECK_FALSE(child.process->has_ended());
    fault_at(there);
    CHECK(child.process->end.ending == Ending::faulted);
}

TEST_CASE("process: when init ends that is told, and it is started again a second after it was") {
    Programs test(2);
    const axiom::ProcessId first = test.init().pid;
    const Child child(test, test.init());
    test.call(test.init(), SystemCall::exit, {5});
    CHECK(fake::log_lines().back() == "init has exited with code 5: it is started again");
    CHECK(object::state().process_count() == 0);
    test.machine().pass(base::seconds(1) - base::Nanoseconds{1});
    CHECK(object::state().process_count() == 0);
    test.machine().pass(base::Nanoseconds{1});
    CHECK(object::state().process_count() == 1);
    CHECK(test.init().pid > first);
    CHECK(state_of(test.init()) == abi::ThreadState::running);
    CHECK(test.child(test.init()).name.view() == "child");
}

TEST_CASE("process: init's end with a thread that reads the console leaves nothing that points there") {
    Programs test(2);
    Process& init = test.init();
    const std::uint64_t buffer = test.put(init, std::as_bytes(std::span("x")));
    CHECK(test.call(init, SystemCall::read, {abi::to_word(abi::standard_input), buffer, 1}).repeats);
    CHECK(state_of(init) == abi::ThreadState::waiting);
}

TEST_CASE("process: after 10,000 children have come and gone everything is as before") {
    Programs test(2);
    Process& init = test.init();
    { // What is made once is made now.
        const Child child(test, init);
        test.call(*child.process, SystemCall::exit, {0});
        REQUIRE(test.call(init, SystemCall::close, {child.handle}).succeeded());
    }
    const Balance before = balance();
    for (unsigned i = 0; i < 10'000; ++i) {
        const Child child(test, init);
        test.call(*child.process, SystemCall::exit, {i});
        REQUIRE(test.call(init, SystemCall::wait, {child.handle, for_ever}) == ended(Ending::exited, i));
        REQUIRE(test.call(init, SystemCall::close, {child.handle}).succeeded());
        if (i % 1000 == 0) CHECK(balance() == before);
    }
    CHECK(balance() == before);
}
