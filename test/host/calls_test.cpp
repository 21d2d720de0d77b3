// System calls, made with registers that a test has filled: what each refuses, and what it leaves behind.
#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "kernel/abi/inspect.h"
#include "test/host/fake_programs.h"

using abi::Error, abi::ObjectType, abi::SystemCall;
using fake::Answer, fake::Programs;
using process::Process;

namespace {

constexpr std::uint64_t for_ever = ~std::uint64_t{0};
constexpr std::uint64_t self = abi::to_word(abi::self_process), input = abi::to_word(abi::standard_input),
                        output = abi::to_word(abi::standard_output);
constexpr std::uint64_t readable = abi::right::read.bits, writable = readable | abi::right::write.bits,
                        executable = readable | abi::right::execute.bits;

std::uint64_t word(ObjectType type) { return static_cast<std::uint64_t>(type); }

/// A child of init's, which runs beside it and makes the calls.
struct Caller {
    Caller() : process(test.child(test.init())) {}

    Answer operator()(SystemCall number, std::initializer_list<std::uint64_t> arguments = {}) {
        return test.call(process, number, arguments);
    }

    std::uint64_t memory(std::uint64_t size) {
        const Answer answer = (*this)(SystemCall::create, {word(ObjectType::memory), size});
        REQUIRE(answer.succeeded());
        return answer.first;
    }

    std::uint64_t text(std::string_view bytes) { return test.put(process, std::as_bytes(std::span(bytes))); }

    Programs test{3};
    Process& process;
};

} // namespace

TEST_CASE("calls: a number beyond the table is no call, and does no harm") {
    Caller call;
    for (const std::uint64_t number :
         {std::uint64_t{abi::system_call_count}, std::uint64_t{1} << 32, ~std::uint64_t{0}})
        CHECK(call(static_cast<SystemCall>(number)).is(Error::bad_call));
    CHECK(call(SystemCall::null).succeeded());
}

TEST_CASE("calls: handles that name nothing are refused by every call that takes one") {
    Caller call;
    const std::uint64_t closed = call.memory(1);
    CHECK(call(SystemCall::close, {closed}).succeeded());
    for (const std::uint64_t handle :
         {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{7}, closed, closed + 1,
          self + (std::uint64_t{1} << 32), (std::uint64_t{1} << 32) + 1'000'000}) {
        CAPTURE(handle);
        for (const SystemCall number :
             {SystemCall::read, SystemCall::write, SystemCall::close, SystemCall::destroy, SystemCall::wait,
              SystemCall::kill, SystemCall::thread_join, SystemCall::suspend, SystemCall::resume,
              SystemCall::set_priority, SystemCall::set_affinity, SystemCall::inspect}) {
            CAPTURE(static_cast<unsigned>(number));
            CHECK(call(number, {handle, 1, 0, 0}).is(Error::bad_handle));
        }
    }
}

TEST_CASE("calls: an object of another kind is the wrong type") {
    Caller call;
    const std::uint64_t memory = call.memory(1);
    for (const SystemCall number :
         {SystemCall::wait, SystemCall::kill, SystemCall::thread_join, SystemCall::suspend,
          SystemCall::resume, SystemCall::set_priority, SystemCall::set_affinity, SystemCall::inspect}) {
        CAPTURE(static_cast<unsigned>(number));
        CHECK(call(number, {memory, 1, 0, 0}).is(Error::wrong_type));
    }
    for (const SystemCall number :
         {SystemCall::read, SystemCall::write, SystemCall::thread_join, SystemCall::suspend})
        CHECK(call(number, {self, call.text("x"), 1}).is(Error::wrong_type));
    CHECK(call(SystemCall::destroy, {input}).is(Error::wrong_type));
    CHECK(call(SystemCall::map, {0, 4096, readable, self, 0}).is(Error::wrong_type));
}

TEST_CASE("calls: a right that is missing is missed") {
    Caller call;
    const std::uint64_t random = call.test.open(call.test.init(), "random");
    CHECK(call.test.call(call.test.init(), SystemCall::write, {random, 0, 0}).is(Error::not_permitted));
    CHECK(call.test.call(call.test.init(), SystemCall::destroy, {random}).is(Error::not_permitted));
    const std::uint64_t initrd = call.test.open(call.test.init(), "initrd");
    CHECK(call.test.call(call.test.init(), SystemCall::map, {0, 4096, writable, initrd, 0})
              .is(Error::not_permitted));
    CHECK(call.test.call(call.test.init(), SystemCall::map, {0, 4096, readable, initrd, 0}).succeeded());
    CHECK(call.test.call(call.test.init(), SystemCall::write, {initrd, 0, 0}).is(Error::not_permitted));
}

TEST_CASE("calls: memory is read and written within its bounds, and with pointers that are good") {
    Caller call;
    const std::uint64_t memory = call.memory(5000), text = call.text("0123456789");
    CHECK(call(SystemCall::write, {memory, text, 10, 4090}).first == 10);
    CHECK(call(SystemCall::write, {memory, text, 10, 4995}).first == 5);
    CHECK(call(SystemCall::write, {memory, text, 10, 5000}).first == 0);
    CHECK(call(SystemCall::read, {memory, text, 10, ~0ull}).first == 0);
    CHECK(call(SystemCall::read, {memory, text + 100, 6, 4094}).first == 6);
    const auto seen = memory::read_value<std::array<char, 6>>(*call.process.space, {text + 100});
    CHECK((seen && std::string_view(seen->data(), 6) == "456789"));
    for (const std::uint64_t bad :
         {std::uint64_t{0}, std::uint64_t{0xffff'ffff'8000'0000}, std::uint64_t{0x40'0000},
          std::uint64_t{0x5000'0000}, abi::highest_address - 4}) {
        CAPTURE(bad);
        CHECK(call(SystemCall::read, {memory, bad, 10, 0}).is(Error::bad_address));
    }
    CHECK(call(SystemCall::write, {memory, 0, 10, 0}).is(Error::bad_address));
    CHECK(call(SystemCall::read, {memory, text, ~0ull, 0}).is(Error::bad_address));
}

TEST_CASE("calls: null takes and gives nothing, but looks at what it is given") {
    Caller call;
    const Answer null = call(SystemCall::create, {word(ObjectType::null)});
    REQUIRE(null.succeeded());
    CHECK(call(SystemCall::read, {null.first, call.text("x"), 1}).first == 0);
    CHECK(call(SystemCall::write, {null.first, call.text("abc"), 3}).first == 3);
    CHECK(call(SystemCall::write, {null.first, 0, 3}).is(Error::bad_address));
}

TEST_CASE("calls: create refuses what programs cannot make, and sizes that make no sense") {
    Caller call;
    for (const std::uint64_t type :
         {word(ObjectType::none), word(ObjectType::process), word(ObjectType::thread),
          word(ObjectType::console), word(ObjectType::random), word(ObjectType::system), std::uint64_t{99},
          ~std::uint64_t{0}}) {
        CAPTURE(type);
        CHECK(call(SystemCall::create, {type, 1}).is(Error::invalid_argument));
    }
    CHECK(call(SystemCall::create, {word(ObjectType::memory), 0}).is(Error::invalid_argument));
    CHECK(call(SystemCall::create, {word(ObjectType::memory), ~0ull}).is(Error::too_large));
    CHECK(call(SystemCall::create, {word(ObjectType::memory), 1ull << 35}).is(Error::limit_reached));
}

TEST_CASE("calls: a type whose upper bits are set is not the one that its lower ones say") {
    Caller call;
    CHECK(call(SystemCall::create, {word(ObjectType::null) | 1ull << 16}).is(Error::invalid_argument));
    CHECK(call(SystemCall::create, {word(ObjectType::memory) | 1ull << 40, 1}).is(Error::invalid_argument));
}

TEST_CASE("calls: memory that is destroyed is gone from the space, and from its handles") {
    Caller call;
    const std::uint64_t memory = call.memory(8192);
    const Answer at = call(SystemCall::map, {0, 8192, writable, memory, 0});
    REQUIRE(at.succeeded());
    REQUIRE(call.process.space->resolve({at.first}, memory::Access::write));
    CHECK(call(SystemCall::destroy, {memory}).succeeded());
    CHECK(call.process.space->resolve({at.first}, memory::Access::read).error() == Error::bad_address);
    CHECK(call(SystemCall::close, {memory}).is(Error::bad_handle));
    CHECK(call(SystemCall::unmap, {at.first, 8192}).succeeded());
}

TEST_CASE("calls: mapping, protecting and unmapping the caller's own memory") {
    Caller call;
    const Answer at = call(SystemCall::map, {0, 8192, writable, 0, 0});
    REQUIRE(at.succeeded());
    CHECK(call(SystemCall::protect, {at.first, 4096, executable}).succeeded());
    CHECK(call(SystemCall::protect, {at.first, 4096, writable | executable}).is(Error::invalid_argument));
    CHECK(call(SystemCall::protect, {at.first, 4096, ~0ull}).is(Error::invalid_argument));
    CHECK(call(SystemCall::protect, {at.first + 4096, 8192, readable}).is(Error::not_found));
    CHECK(call(SystemCall::map, {at.first, 4096, readable, 0, 0}).is(Error::occupied));
    CHECK(call(SystemCall::map, {0, 4096, 1ull << 32 | readable, 0, 0}).is(Error::invalid_argument));
    CHECK(call(SystemCall::unmap, {at.first, 8192}).succeeded());
    CHECK(call(SystemCall::unmap, {at.first + 1, 4096}).is(Error::misaligned));
    CHECK(call(SystemCall::unmap, {0xffff'ffff'8000'0000, 4096}).is(Error::bad_address));
}

TEST_CASE("calls: names are opened as they were bound, and nothing else is") {
    Caller call;
    Process& init = call.test.init();
    const auto open = [&](std::uint64_t at, std::uint64_t size) {
        return call.test.call(init, SystemCall::open, {at, size});
    };
    const std::uint64_t name = call.test.put(init, std::as_bytes(std::span("null", 4)));
    CHECK(open(name, 4).succeeded());
    CHECK(open(name, 3).is(Error::not_found));
    CHECK(open(name, 0).is(Error::not_found));
    CHECK(open(name, 33).is(Error::not_found));
    CHECK(open(name, ~0ull).is(Error::not_found));
    CHECK(open(0, 4).is(Error::bad_address));
    CHECK(call(SystemCall::open, {call.text("null"), 4}).is(Error::not_found));
}

TEST_CASE("calls: a console gives what is typed, and waits while there is nothing") {
    Caller call;
    const std::uint64_t buffer = call.text("........");
    CHECK(call(SystemCall::write, {output, buffer, 8}).first == 8);
    CHECK(call(SystemCall::write, {output, 0, 8}).is(Error::bad_address));
    CHECK(call(SystemCall::read, {input, buffer, 0}).first == 0);
    const Answer waits = call(SystemCall::read, {input, buffer, 8});
    CHECK(waits.status == Answer::none);
    CHECK(waits.repeats);
    CHECK(fake::first_thread(call.process).state == abi::ThreadState::waiting);
}

TEST_CASE("calls: what inspect tells can be read in pieces of any size, and adds up to the whole") {
    Caller call;
    Process& init = call.test.init();
    const std::uint64_t system = call.test.open(init, "system");
    const std::uint64_t buffer = call.test.put(init, std::as_bytes(std::span("x")));
    const auto inspect = [&](abi::Topic topic, std::uint64_t size, std::uint64_t offset) {
        return call.test.call(init, SystemCall::inspect,
                              {system, static_cast<std::uint64_t>(topic), buffer, size, offset});
    };
    CHECK(inspect(abi::Topic::threads, 4096, 0).first == 2 * sizeof(abi::ThreadRecord));
    CHECK(inspect(abi::Topic::threads, 4096, 100).first == 2 * sizeof(abi::ThreadRecord) - 100);
    CHECK(inspect(abi::Topic::threads, 7, 0).first == 7);
    CHECK(inspect(abi::Topic::threads, 4096, ~0ull).first == 0);
    CHECK(inspect(abi::Topic::memory, 4096, 0).first == sizeof(abi::MemoryRecord));
    CHECK(inspect(abi::Topic::cpus, 4096, 0).first == 3 * sizeof(abi::CpuRecord));
    CHECK(inspect(abi::Topic::state, 4096, 0).first == sizeof(abi::StateRecord));
    const auto state = memory::read_value<abi::StateRecord>(*init.space, {buffer});
    REQUIRE(state);
    CHECK(state->digest == object::state().digest());
    CHECK(state->processes == 2);
    CHECK(inspect(static_cast<abi::Topic>(7), 4096, 0).is(Error::invalid_argument));
    CHECK(inspect(static_cast<abi::Topic>(0x1'0000), 4096, 0).is(Error::invalid_argument));
    CHECK(call.test.call(init, SystemCall::inspect, {system, 0, 0, 4096, 0}).is(Error::bad_address));
}

TEST_CASE("calls: handles run out at the quota, and not before") {
    Caller call;
    std::vector<std::uint64_t> handles;
    Answer answer;
    while ((answer = call(SystemCall::create, {word(ObjectType::null)})).succeeded())
        handles.push_back(answer.first);
    CHECK(answer.is(Error::limit_reached));
    const std::size_t thread_and_image = 2;
    CHECK(handles.size() + abi::standard_handles + thread_and_image == call.process.quota.slots);
    CHECK(call(SystemCall::close, {handles[10]}).succeeded());
    CHECK(call(SystemCall::create, {word(ObjectType::null)}).succeeded());
}
