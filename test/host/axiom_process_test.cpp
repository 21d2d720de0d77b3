// Commits on processes: what each brings about, and why it is refused.
#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <string_view>

#include "test/host/axiom_machine.h"

using namespace axiom;
using abi::Ending, abi::Handle, abi::ObjectType, abi::Rights;
using abi::right::all, abi::right::grant;
using test::init, test::nobody, test::reading, test::writing, test::usual;
using test::Machine, test::memory, test::fill;

namespace {

/// A name whose bytes are not those of any text.
Name nonsense(std::size_t size) {
    Name name("name");
    std::memcpy(reinterpret_cast<char*>(&name) + abi::name_length, &size, sizeof(size));
    return name;
}

} // namespace

TEST_CASE("axiom boot: a new epoch forgets processes and objects, but no id") {
    Machine machine;
    CHECK(machine.state.epoch() == 0);
    CHECK(machine.start() == init);
    const Handle handle = memory(machine, init);
    CHECK(machine.state.capability(init, handle)->object == ObjectId{2});
    machine(boot());
    CHECK(machine.state.epoch() == 2);
    CHECK(machine.state.process_count() == 0);
    CHECK(machine.state.object_count() == 0);
    CHECK(machine.state.capability_count() == 0);
    CHECK(machine.state.capability(init, handle).error() == Error::bad_handle);
    const Outcome outcome = machine(create_process({}, "init", usual));
    CHECK(outcome.process == ProcessId{2});
    CHECK(outcome.object == ObjectId{3});
}

TEST_CASE("axiom create_process: the first one has no parent, and holds itself") {
    Machine machine;
    machine(boot());
    const Outcome outcome = machine(create_process({}, "init", usual));
    CHECK(outcome.process == init);
    CHECK(outcome.handle == abi::self_process);
    const ProcessRecord& record = *machine.state.process(init);
    CHECK(record.name.view() == "init");
    CHECK_FALSE(record.parent);
    CHECK(record.ending == Ending::running);
    CHECK(record.quota == usual);
    CHECK(record.capacity == 16);
    CHECK(machine.state.free_slots(init) == 12); // The standard ones are filled by number only.
    const auto self = machine.state.capability(init, abi::self_process);
    REQUIRE(self);
    CHECK(self->object == record.object);
    CHECK(self->type == ObjectType::process);
    CHECK_FALSE(self->rights.includes(grant));
    CHECK(machine.refused(create_process({}, "another", usual)) == Error::occupied);
    machine.bury(init);
    CHECK(machine(create_process({}, "init", usual)).process == ProcessId{2});
}

TEST_CASE(
    "axiom create_process: a child's parent holds it with all rights; it holds itself, derived from none") {
    Machine machine;
    machine.start();
    const Outcome outcome = machine(create_process(init, "child", usual));
    CHECK(outcome.process == ProcessId{2});
    CHECK(outcome.handle == Handle{4, 1});
    CHECK(machine.state.process(init)->children == 1);
    CHECK(machine.state.process({2})->parent == init);
    const auto held = machine.state.capability(init, outcome.handle);
    REQUIRE(held);
    CHECK(held->object == outcome.object);
    CHECK(held->object_index == outcome.index);
    CHECK(held->rights == all);
    CHECK(machine.state.object(outcome.index)->capabilities == 2);
    CHECK(test::parent_of(machine.state, {2}, abi::self_process) == 0);
}

TEST_CASE("axiom create_process: what is refused") {
    Machine machine;
    machine.start({.slots = 32, .processes = 3});
    const Quota fitting{.slots = 32, .processes = 3};
    CHECK(machine.refused(create_process(nobody, "x", fitting)) == Error::not_found);
    CHECK(machine.refused(create_process(init, "x", {.slots = 33, .processes = 3})) == Error::limit_reached);
    CHECK(machine.refused(create_process(init, "x", {.slots = 32, .processes = 4})) == Error::limit_reached);
    CHECK(machine.refused(create_process(init, "x", {.slots = 3, .processes = 0})) ==
          Error::invalid_argument);
    CHECK(machine.refused(create_process(init, "x", {.slots = 1025, .processes = 0})) ==
          Error::invalid_argument);
    CHECK(machine.refused(create_process(init, std::string_view("a\0b", 3), fitting)) ==
          Error::invalid_argument);
    Commit commit = create_process(init, "x", fitting);
    commit.detail.name = nonsense(33);
    CHECK(machine.refused(commit) == Error::invalid_argument);
    commit.detail.name = nonsense(~std::size_t{0});
    CHECK(machine.refused(commit) == Error::invalid_argument);
    const ProcessId child = machine.spawn(init, fitting);
    machine.spawn(child, fitting);
    machine.spawn(init, fitting);
    CHECK(machine.refused(create_process(child, "x", fitting)) ==
          Error::limit_reached); // init's three are there.
    machine(exit_process(child, Ending::exited, 0));
    CHECK(machine.refused(create_process(child, "x", fitting)) == Error::not_running);
}

TEST_CASE("axiom create_process: parent's table full, depth, and tables used up") {
    Machine machine;
    machine.start();
    fill(machine, init);
    CHECK(machine.refused(create_process(init, "x", usual)) == Error::limit_reached);
    machine(grow_table(init));
    for (int i = 1; i < 8; ++i) machine.spawn(init);
    CHECK(machine.refused(create_process(init, "x", usual)) == Error::out_of_memory); // Eight records.

    Machine deep({.processes = 32, .objects = 64, .slots = 1024});
    ProcessId last = deep.start();
    for (int i = 0; i < 16; ++i) last = deep.spawn(last);
    CHECK(deep.refused(create_process(last, "x", usual)) == Error::limit_reached);

    Machine few_objects({.processes = 8, .objects = 1, .slots = 256});
    few_objects.start();
    CHECK(few_objects.refused(create_process(init, "x", usual)) == Error::out_of_memory);
    CHECK(few_objects.refused(create_object(init, ObjectType::null, 0, all)) == Error::out_of_memory);

    Machine few_slots({.processes = 8, .objects = 8, .slots = 16});
    few_slots.start();
    CHECK(few_slots.refused(create_process(init, "x", usual)) == Error::out_of_memory);
    CHECK(few_slots.refused(grow_table(init)) == Error::out_of_memory);
}

TEST_CASE("axiom exit, clear, reap: a zombie stays while there is something of it") {
    Machine machine;
    machine.start();
    const ProcessId child = machine.spawn(init);
    const ProcessId grandchild = machine.spawn(child);
    machine(grow_table(child));
    machine(grow_table(child));
    const Handle handle = memory(machine, child);
    CHECK(machine.refused(exit_process(child, Ending::running, 0)) == Error::invalid_argument);
    CHECK(machine.refused(exit_process(child, static_cast<Ending>(5), 0)) == Error::invalid_argument);
    CHECK(machine.refused(clear_table(child)) == Error::would_block);
    CHECK(machine.refused(reap_process(child)) == Error::would_block);
    machine(exit_process(child, Ending::faulted, -7));
    CHECK(machine.state.process(child)->ending == Ending::faulted);
    CHECK(machine.state.process(child)->code == -7);
    CHECK(machine.refused(exit_process(child, Ending::exited, 0)) == Error::not_running);
    CHECK(machine.refused(delete_capability(child, handle)) == Error::not_running);
    CHECK(machine.refused(destroy_object(child, handle)) == Error::not_running);
    CHECK(machine.refused(bind_name(child, "x", handle)) == Error::not_running);
    CHECK(machine.refused(grow_table(child)) == Error::not_running);
    CHECK_FALSE(machine(clear_table(child)).done);
    CHECK(machine.refused(reap_process(child)) == Error::would_block);
    const Outcome cleared = machine(clear_table(child));
    CHECK(cleared.done);
    CHECK(cleared.gone_count == 1); // The memory; init and the grandchild hold the processes.
    CHECK(machine(clear_table(child)).done);
    CHECK(machine.refused(reap_process(child)) == Error::would_block); // A grandchild.
    machine.bury(grandchild);
    CHECK(machine.refused(reap_process(child)) == Error::would_block); // init still holds it.
    const Outcome closed = machine(delete_capability(init, {4, 1}));
    CHECK(closed.gone_count == 1);
    CHECK_FALSE(machine.state.process(child)->object);
    machine(reap_process(child));
    CHECK(machine.state.process(child) == nullptr);
    CHECK(machine.state.process(init)->children == 0);
    CHECK(machine.refused(reap_process(child)) == Error::not_found);
    CHECK(machine.refused(clear_table(child)) == Error::not_found);
    CHECK(machine.refused(exit_process(child, Ending::exited, 0)) == Error::not_found);
}

TEST_CASE("axiom: 10,000 processes later State is where it was, but for ids") {
    Machine machine;
    machine.start();
    const auto before = machine.bytes();
    for (int i = 0; i < 10'000; ++i) {
        const Outcome outcome = machine(create_process(init, "child", usual));
        machine(copy_capability(init, outcome.handle, outcome.process, reading, 1));
        machine(delete_capability(init, outcome.handle));
        machine.bury(outcome.process);
        // The slot of init's table was filled once more: that is all that stays.
    }
    const Tables& tables = Inspector::tables(machine.state);
    CHECK(tables.slot(4).generation == 10'000);
    machine(boot());
    Machine fresh;
    fresh(boot());
    CHECK(machine.bytes().size() == before.size());
    std::size_t different = 0;
    for (std::size_t i = sizeof(Globals); i < machine.state.bytes().size(); ++i)
        different += machine.state.bytes()[i] != fresh.state.bytes()[i];
    CHECK(different == 0);
}

TEST_CASE("axiom: kinds that there are not, and nonsense in every field") {
    Machine machine;
    machine.start();
    for (const int kind : {0, 15, 0xffff}) {
        Commit commit;
        commit.kind = static_cast<CommitKind>(kind);
        CHECK(machine.refused(commit) == Error::unsupported);
    }
}

TEST_CASE("axiom: processes and capabilities are listed in order") {
    Machine machine;
    machine.start();
    const ProcessId second = machine.spawn(init), third = machine.spawn(init);
    machine(delete_capability(init, {4, 1}));
    machine.bury(second);
    CHECK(machine.state.next_process({})->id == init);
    CHECK(machine.state.next_process(init)->id == third);
    CHECK(machine.state.next_process(second)->id == third);
    CHECK(machine.state.next_process(third) == nullptr);
    CHECK(machine.state.next_capability(init, 0)->handle == abi::self_process);
    CHECK(machine.state.next_capability(init, 1)->handle == Handle{5, 1});
    CHECK(machine.state.next_capability(init, 6).error() == Error::not_found);
    CHECK(machine.state.next_capability(nobody, 0).error() == Error::not_found);
}

TEST_CASE("axiom: the same script gives the same digest on every machine") {
    Machine machine;
    machine.start();
    const ProcessId child = machine.spawn(init, {.slots = 40, .processes = 2});
    const Handle handle = memory(machine, init);
    machine(copy_capability(init, handle, child, reading, 1));
    machine(bind_name(child, "memory", {1, 1}));
    machine(grow_table(child));
    machine(move_capability(init, handle, child, 5));
    const Handle endpoint = machine(create_object(init, ObjectType::endpoint, 0, all)).handle;
    const Handle minted = machine(copy_capability(init, endpoint, init, all, any_slot, 0xbad9e)).handle;
    machine(transfer_capabilities(init, child, std::array{Given{minted, reading}, Given{endpoint, writing}}));
    machine(revoke_capability(init, minted));
    machine(exit_process(child, Ending::exited, 42));
    CHECK(machine.state.digest() == 16690787498380277295u);
    std::uint64_t hash = 0;
    for (const std::byte byte : machine.bytes())
        hash = hash * 0x100'0000'01b3 + std::to_integer<unsigned>(byte) + 1;
    CHECK(hash == 14557930878002411260u);
}
