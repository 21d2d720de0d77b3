// System calls about capabilities: derive, move, revoke, identify; and that revoke and destroy go in steps.
#include <doctest/doctest.h>

#include <string_view>
#include <vector>

#include "kernel/abi/inspect.h"
#include "test/host/fake_programs.h"

using abi::Error, abi::ObjectType, abi::SystemCall;
using fake::Answer, fake::Programs;
using process::Process;

namespace {

constexpr std::uint64_t self = abi::to_word(abi::self_process), any_slot = 0xffff'ffff;
constexpr std::uint64_t all = abi::right::all.bits, readable = abi::right::read.bits;

/// A child of init's, which runs beside it and makes the calls.
struct Caller {
    Caller() : process(test.child(test.init())) {}

    Answer operator()(SystemCall number, std::initializer_list<std::uint64_t> arguments = {}) {
        return test.call(process, number, arguments);
    }

    std::uint64_t create(ObjectType type) {
        const Answer answer = (*this)(SystemCall::create, {static_cast<std::uint64_t>(type), 4096});
        REQUIRE(answer.succeeded());
        return answer.first;
    }

    std::uint64_t derive(std::uint64_t handle, std::uint64_t rights = all) {
        const Answer answer = (*this)(SystemCall::derive, {handle, rights, 0, any_slot});
        REQUIRE(answer.succeeded());
        return answer.first;
    }

    /// A call that is made again as long as it says so; how often it was made.
    int until_done(SystemCall number, std::uint64_t handle) {
        int times = 1;
        Answer answer;
        while ((answer = (*this)(number, {handle})).repeats) {
            CHECK(answer.status == Answer::none);
            ++times;
        }
        CHECK(answer.succeeded());
        return times;
    }

    Programs test{3};
    Process& process;
};

} // namespace

TEST_CASE("calls: derive gives a part of the rights, in any slot or one of that number") {
    Caller call;
    const std::uint64_t memory = call.create(ObjectType::memory);
    const std::uint64_t copy = call.derive(memory, readable);
    CHECK(call(SystemCall::identify, {copy}).first == (3 | readable << 16));
    CHECK(call(SystemCall::derive, {copy, all, 0, any_slot}).is(Error::not_permitted));
    CHECK(call(SystemCall::derive, {memory, all + 1, 0, any_slot}).is(Error::not_permitted));
    CHECK(call(SystemCall::derive, {memory, 1ull << 16 | readable, 0, any_slot}).is(Error::not_permitted));
    CHECK(call(SystemCall::derive, {memory, readable, 0, 1}).is(Error::occupied));
    CHECK(call(SystemCall::derive, {memory, readable, 0, 1000}).is(Error::limit_reached));
    CHECK(call(SystemCall::derive, {memory, readable, 0, 1ull << 32}).is(Error::invalid_argument));
    CHECK(call(SystemCall::close, {abi::to_word(abi::standard_input)}).succeeded());
    const Answer placed = call(SystemCall::derive, {memory, readable, 0, 1});
    CHECK(placed.first == (2ull << 32 | 1));
    CHECK(call(SystemCall::derive, {memory, readable, 7, any_slot}).is(Error::invalid_argument));
    CHECK(call(SystemCall::derive, {self, readable, 0, any_slot}).succeeded());
}

TEST_CASE("calls: derive sets the badge of an endpoint once") {
    Caller call;
    const std::uint64_t endpoint = call.create(ObjectType::endpoint);
    CHECK(call(SystemCall::identify, {endpoint}).second == 0);
    const Answer minted = call(SystemCall::derive, {endpoint, all, ~0ull, any_slot});
    REQUIRE(minted.succeeded());
    CHECK(call(SystemCall::identify, {minted.first}).second == ~0ull);
    CHECK(call(SystemCall::derive, {minted.first, all, 5, any_slot}).is(Error::not_permitted));
    CHECK(call(SystemCall::identify, {call.derive(minted.first, 0)}).second == ~0ull);
}

TEST_CASE("calls: move keeps the capability, and its old handle names nothing") {
    Caller call;
    const std::uint64_t memory = call.create(ObjectType::memory);
    const Answer moved = call(SystemCall::move, {memory, any_slot});
    REQUIRE(moved.succeeded());
    CHECK(call(SystemCall::identify, {memory}).is(Error::bad_handle));
    CHECK(call(SystemCall::identify, {moved.first}).succeeded());
    CHECK(call(SystemCall::move, {moved.first, 2}).is(Error::occupied));
    CHECK(call(SystemCall::move, {moved.first, ~0ull}).is(Error::invalid_argument));
    CHECK(call(SystemCall::move, {self, any_slot}).is(Error::not_permitted));
    CHECK(call(SystemCall::identify, {self}).succeeded());
}

TEST_CASE("calls: derive grows the table up to its quota, and then says so") {
    Caller call;
    const std::uint64_t memory = call.create(ObjectType::memory);
    Answer answer;
    std::uint32_t derived = 0;
    while ((answer = call(SystemCall::derive, {memory, readable, 0, any_slot})).succeeded()) ++derived;
    CHECK(answer.is(Error::limit_reached));
    const std::uint32_t others = 3; // The memory, the first thread, and the image.
    CHECK(derived + others + abi::standard_handles == call.process.quota.slots);
    CHECK(call(SystemCall::move, {memory, any_slot}).is(Error::limit_reached));
    CHECK(call(SystemCall::identify, {memory}).succeeded());
}

TEST_CASE("calls: revoke and destroy take a step of 32 at a time, and are made again for the next") {
    Caller call;
    const std::uint64_t memory = call.create(ObjectType::memory);
    const std::uint64_t root = call.derive(memory);
    const auto fill = [&] {
        for (int i = 0; i < 40; ++i) call.derive(root);
    };
    fill();
    const std::uint64_t copy = call.derive(root);
    CHECK(call(SystemCall::revoke, {root}).repeats);
    CHECK(call(SystemCall::derive, {root, readable, 0, any_slot}).is(Error::gone));
    CHECK(call(SystemCall::move, {root, any_slot}).is(Error::gone));
    CHECK(call.until_done(SystemCall::revoke, root) == 1);
    CHECK(call(SystemCall::identify, {copy}).is(Error::bad_handle));
    CHECK(call(SystemCall::identify, {memory}).succeeded());
    CHECK(call(SystemCall::revoke, {copy}).is(Error::bad_handle));
    fill();
    CHECK(call.until_done(SystemCall::destroy, root) > 1);
    CHECK(call(SystemCall::identify, {memory}).is(Error::bad_handle));
}

TEST_CASE("calls: endpoints and notifications can be destroyed") {
    Caller call;
    for (const ObjectType type : {ObjectType::endpoint, ObjectType::notification}) {
        const std::uint64_t handle = call.create(type), copy = call.derive(handle);
        CHECK(call(SystemCall::destroy, {copy}).succeeded());
        CHECK(call(SystemCall::identify, {handle}).is(Error::bad_handle));
    }
}

TEST_CASE("calls: what a parent revokes of its child, the child's own capability for itself is not in it") {
    Caller call;
    Process& init = call.test.init();
    const Answer spawned = call.test.spawn(init, call.test.request(init));
    REQUIRE(spawned.succeeded());
    Process& child = Programs::behind(init, spawned.first);
    CHECK(call.test.call(init, SystemCall::revoke, {spawned.first}).succeeded());
    CHECK(call.test.call(child, SystemCall::identify, {self}).succeeded());
}

TEST_CASE("calls: inspect tells each capability once, however few are asked for at a time, while others go") {
    Caller call;
    Process& init = call.test.init();
    const std::uint64_t system = call.test.open(init, "system");
    const std::uint64_t buffer = call.test.put(init, std::as_bytes(std::span("x")));
    const auto inspect = [&](std::uint64_t size, std::uint64_t offset) {
        return call.test.call(
            init, SystemCall::inspect,
            {system, static_cast<std::uint64_t>(abi::Topic::capabilities), buffer, size, offset});
    };
    const std::uint64_t endpoint = call.create(ObjectType::endpoint);
    const Answer minted = call(SystemCall::derive, {endpoint, readable, 77, any_slot});
    std::vector<std::uint64_t> passing;
    for (int i = 0; i < 60; ++i) passing.push_back(call.derive(endpoint));
    CHECK(inspect(sizeof(abi::CapabilityRecord) - 1, 0).is(Error::invalid_argument));
    CHECK(inspect(4096, ~0ull).first == 0);
    CHECK(inspect(4096, 0).first == 32 * sizeof(abi::CapabilityRecord));
    std::uint64_t position = 0;
    std::uint32_t named = 0, badged = 0;
    while (inspect(2 * sizeof(abi::CapabilityRecord), position).first > 0) {
        const auto record = memory::read_value<abi::CapabilityRecord>(*init.space, {buffer});
        REQUIRE(record);
        REQUIRE((position == 0 || position_behind(*record) > position));
        position = position_behind(*record);
        named += record->process == init.pid.value && std::string_view(record->name.data()) == "system";
        if (record->badge == 77) {
            ++badged;
            CHECK(abi::to_word(record->handle) == minted.first);
            CHECK(record->type == ObjectType::endpoint);
            CHECK(record->rights == abi::right::read);
            CHECK(record->source_process == call.process.pid.value);
            CHECK(record->source_slot == abi::to_handle(endpoint).slot);
        }
        if (!passing.empty()) CHECK(call(SystemCall::close, {passing.back()}).succeeded());
        if (!passing.empty()) passing.pop_back();
    }
    CHECK(named == 1);
    CHECK(badged == 1);
    CHECK((position >> 32) == call.process.pid.value);
}
