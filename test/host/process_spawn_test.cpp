// Spawning: arguments, grants and limits; and all that a request can have wrong, which leaves nothing behind.
#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "test/host/fake_programs.h"

using abi::Error, abi::SystemCall;
using fake::Answer, fake::Balance, fake::Programs;
using process::Process;

namespace {

Balance balance() {
    std::vector<std::uint32_t>().swap(fake::notified_cpus());
    std::vector<std::string>().swap(fake::log_lines());
    return Balance::now();
}

abi::Grant grant_of(std::uint64_t handle, abi::Rights rights, std::string_view name,
                    std::uint16_t standard = 0xffff) {
    abi::Grant grant{.handle = abi::to_handle(handle), .rights = rights, .standard = standard};
    std::memcpy(grant.name.data(), name.data(), name.size());
    return grant;
}

/// Spawns from init with those grants.
Answer spawn_with(Programs& test, Process& parent, std::span<const abi::Grant> grants) {
    abi::SpawnRequest request = test.request(parent);
    request.grants = test.put(parent, std::as_bytes(grants), 1);
    request.grant_count = static_cast<std::uint32_t>(grants.size());
    return test.spawn(parent, request);
}

std::uint64_t create(Programs& test, Process& process, abi::ObjectType type, std::uint64_t size = 0) {
    const Answer answer = test.call(process, SystemCall::create, {static_cast<std::uint64_t>(type), size});
    REQUIRE(answer.succeeded());
    return answer.first;
}

/// A request that is wrong in one way is refused so, and everything is as before.
void refused(Error error, const std::function<void(abi::SpawnRequest&)>& damage) {
    Programs test(2);
    Process& init = test.init();
    abi::SpawnRequest request = test.request(init);
    damage(request);
    const Balance before = balance();
    const Answer answer = test.spawn(init, request);
    CHECK(balance() == before);
    CHECK(answer.status == static_cast<std::uint64_t>(error));
}

} // namespace

TEST_CASE("spawn: arguments and environment are on the child's stack") {
    Programs test(2);
    Process& init = test.init();
    constexpr std::string_view arguments("cat\0file\0", 9), environment("A=1\0", 4);
    abi::SpawnRequest request = test.request(init);
    request.arguments = test.put(init, std::as_bytes(std::span(arguments)), 1);
    request.arguments_size = 9;
    request.argument_count = 2;
    request.environment = test.put(init, std::as_bytes(std::span(environment)), 2);
    request.environment_size = 4;
    request.environment_count = 1;
    const Answer answer = test.spawn(init, request);
    REQUIRE(answer.succeeded());
    Process& child = Programs::behind(init, answer.first);
    const auto info =
        memory::read_value<abi::StartInfo>(*child.space, {fake::first_thread(child).context.arguments[0]});
    REQUIRE(info);
    CHECK(info->argument_count == 2);
    CHECK(info->environment_count == 1);
    using Bytes = std::array<char, 9>;
    const auto seen = memory::read_value<Bytes>(*child.space, {info->arguments});
    CHECK((seen && std::string_view(seen->data(), 9) == arguments));
    const auto variable = memory::read_value<std::array<char, 4>>(*child.space, {info->environment});
    CHECK((variable && std::string_view(variable->data(), 4) == environment));
}

TEST_CASE("spawn: a granted capability has the rights that were meant, and its name") {
    Programs test(2);
    Process& init = test.init();
    const std::uint64_t memory = create(test, init, abi::ObjectType::memory, 8192);
    const abi::Grant grant = grant_of(memory, abi::right::read, "notes");
    const Answer answer = spawn_with(test, init, {&grant, 1});
    REQUIRE(answer.succeeded());
    Process& child = Programs::behind(init, answer.first);
    const std::uint64_t handle = test.open(child, "notes");
    const std::uint64_t buffer = test.put(child, std::as_bytes(std::span("text")));
    CHECK(test.call(child, SystemCall::read, {handle, buffer, 4, 0}).succeeded());
    CHECK(test.call(child, SystemCall::write, {handle, buffer, 4, 0}).is(Error::not_permitted));
}

TEST_CASE("spawn: what was given without the right to grant it is not handed on") {
    Programs test(3);
    Process& init = test.init();
    const std::uint64_t memory = create(test, init, abi::ObjectType::memory, 4096);
    const std::array grants{grant_of(memory, abi::right::read | abi::right::write, "notes"),
                            grant_of(test.open(init, "initrd"), abi::right::all, "initrd")};
    const Answer answer = spawn_with(test, init, grants);
    REQUIRE(answer.succeeded());
    Process& child = Programs::behind(init, answer.first);
    const std::uint64_t notes = test.open(child, "notes");
    CHECK(test.spawn(child, test.request(child)).succeeded());
    const abi::Grant again = grant_of(notes, abi::right::read, "again");
    CHECK(spawn_with(test, child, {&again, 1}).is(Error::not_permitted));
}

TEST_CASE("spawn: a standard handle can be something else; the others are the spawner's own") {
    Programs test(2);
    Process& init = test.init();
    const std::uint64_t null = create(test, init, abi::ObjectType::null);
    const abi::Grant grant = grant_of(null, abi::right::all, "", 1);
    const Answer answer = spawn_with(test, init, {&grant, 1});
    REQUIRE(answer.succeeded());
    Process& child = Programs::behind(init, answer.first);
    const std::uint64_t buffer = test.put(child, std::as_bytes(std::span("hello")));
    CHECK(test.call(child, SystemCall::read, {abi::to_word(abi::standard_input), buffer, 5}).first == 0);
    CHECK(test.call(child, SystemCall::write, {abi::to_word(abi::standard_output), buffer, 5}).first == 5);
    CHECK(fake::console_output().ends_with("hello"));
}

TEST_CASE("spawn: grants that cannot be given undo everything") {
    Programs test(2);
    Process& init = test.init();
    const std::uint64_t null = create(test, init, abi::ObjectType::null);
    const abi::Grant good = grant_of(null, abi::right::all, "a"),
                     stale = grant_of(null + (9ull << 32), {}, "b"), nothing = grant_of(0, {}, "c"),
                     twice = grant_of(null, abi::right::all, "", 1),
                     self_slot = grant_of(null, abi::right::all, "", 0);
    for (const std::vector<abi::Grant>& bad : {std::vector{good, stale},
                                               {good, nothing},
                                               {twice, twice},
                                               {good, self_slot},
                                               std::vector(33, good)}) {
        const Balance before = balance();
        CHECK_FALSE(spawn_with(test, init, bad).succeeded());
        CHECK(balance() == before);
    }
}

TEST_CASE("spawn: what is wrong with a request is told, and leaves nothing behind") {
    refused(Error::bad_handle, [](auto& r) { r.image = {}; });
    refused(Error::wrong_type, [](auto& r) { r.image = abi::self_process; });
    refused(Error::misaligned, [](auto& r) { r.image_offset += 16; });
    refused(Error::invalid_argument, [](auto& r) { r.image_offset = 1ull << 40; });
    refused(Error::invalid_argument, [](auto& r) { r.image_size = ~0ull; });
    refused(Error::corrupt, [](auto& r) { r.image_size = 0; });
    refused(Error::corrupt, [](auto& r) { r.image_offset = 0; });
    refused(Error::corrupt, [](auto& r) { r.image_size -= 1; });
    refused(Error::not_permitted, [](auto& r) { r.priority = 32; });
    refused(Error::not_permitted, [](auto& r) { r.memory_limit = 1ull << 60; });
    refused(Error::not_permitted, [](auto& r) { r.handle_limit = 100'000; });
    refused(Error::not_permitted, [](auto& r) { r.process_limit = 100'000; });
    refused(Error::limit_reached, [](auto& r) { r.memory_limit = 2 * base::page_size; });
    refused(Error::limit_reached, [](auto& r) { r.memory_limit = 5 * base::page_size; });
    refused(Error::bad_address, [](auto& r) { r.arguments_size = 4, r.argument_count = 1; });
    refused(Error::too_large, [](auto& r) { r.arguments_size = 5000; });
    refused(Error::invalid_argument, [](auto& r) { r.argument_count = 1; });
    refused(Error::bad_address, [](auto& r) { r.grants = 8, r.grant_count = 1; });
    refused(Error::bad_address, [](auto& r) { r.grants = ~0ull - 8, r.grant_count = 2; });
}

TEST_CASE("spawn: strings without their zeros are refused") {
    Programs test(2);
    Process& init = test.init();
    abi::SpawnRequest request = test.request(init);
    request.arguments = test.put(init, std::as_bytes(std::span("ab\0cd", 5)), 1);
    request.arguments_size = 5;
    request.argument_count = 1;
    CHECK(test.spawn(init, request).is(Error::invalid_argument));
    request.arguments_size = 3;
    CHECK(test.spawn(init, request).succeeded());
}

TEST_CASE("spawn: each count of frames that a child may have works or fails cleanly") {
    Programs test(2);
    Process& init = test.init();
    bool worked = false;
    for (std::uint64_t frames = 1; frames < 40; ++frames) {
        const Balance before = balance();
        abi::SpawnRequest request = test.request(init);
        request.memory_limit = frames * base::page_size;
        const Answer answer = test.spawn(init, request);
        REQUIRE((answer.succeeded() || answer.is(Error::limit_reached)));
        if (answer.succeeded()) {
            worked = true;
            CHECK(Programs::behind(init, answer.first).account.frames() <= frames);
            CHECK(test.call(init, SystemCall::kill, {answer.first, 0}).succeeded());
            CHECK(test.call(init, SystemCall::close, {answer.first}).succeeded());
        } else {
            CHECK_FALSE(worked);
        }
        CHECK(balance() == before);
    }
    CHECK(worked);
}

TEST_CASE("spawn: a limit of processes holds, and one that is gone makes room") {
    Programs test(3);
    Process& init = test.init();
    abi::SpawnRequest request = test.request(init);
    request.process_limit = 3;
    const Answer made = test.spawn(init, request);
    REQUIRE(made.succeeded());
    Process& parent = Programs::behind(init, made.first);
    request = test.request(parent);
    std::array<Answer, 3> children;
    for (Answer& child : children) CHECK((child = test.spawn(parent, request)).succeeded());
    CHECK(test.spawn(parent, request).is(Error::limit_reached));
    CHECK(test.call(parent, SystemCall::kill, {children[1].first, 0}).succeeded());
    CHECK(test.spawn(parent, request).is(Error::limit_reached)); // A zombie counts.
    CHECK(test.call(parent, SystemCall::close, {children[1].first}).succeeded());
    CHECK(test.spawn(parent, request).succeeded());
    request.process_limit = 4;
    CHECK(test.spawn(parent, request).is(Error::not_permitted));
}

TEST_CASE(
    "spawn: when the machine has no more frames or processes that is an error, and all can be had again") {
    Programs test(2);
    Process& init = test.init();
    const Balance before = balance();
    std::vector<std::uint64_t> children;
    Answer answer;
    while ((answer = test.spawn(init, test.request(init))).succeeded()) children.push_back(answer.first);
    CAPTURE(answer.status);
    CHECK((answer.is(Error::limit_reached) || answer.is(Error::out_of_memory)));
    CHECK(children.size() > 50);
    for (const std::uint64_t child : children) {
        CHECK(test.call(init, SystemCall::kill, {child, 0}).succeeded());
        CHECK(test.call(init, SystemCall::close, {child}).succeeded());
    }
    CHECK(object::state().process_count() == before.processes);
    CHECK(object::state().capability_count() == before.capabilities);
    CHECK(memory::frames().statistics().free == before.free_frames);
}
