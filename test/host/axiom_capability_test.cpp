// Commits on objects, capabilities, tables and names: what each brings about, and why it is refused.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "kernel/axiom/capability_table.h"
#include "test/host/axiom_machine.h"

using namespace axiom;
using abi::Ending, abi::Handle, abi::ObjectType, abi::Rights;
using abi::right::all, abi::right::grant;
using test::init, test::nobody, test::reading, test::writing, test::usual;
using test::Machine, test::memory, test::fill;

TEST_CASE("axiom create_object: an object and a capability for it") {
    Machine machine;
    machine.start();
    const Outcome outcome = machine(create_object(init, ObjectType::memory, 12345, reading | writing));
    const auto found = machine.state.capability(init, outcome.handle);
    REQUIRE(found);
    CHECK(found->rights == (reading | writing));
    CHECK(found->type == ObjectType::memory);
    CHECK(machine.state.object(outcome.index)->size == 12345);
    CHECK(machine.state.object(outcome.index)->id == outcome.object);
    CHECK(machine.state.object(outcome.index)->capabilities == 1);
    CHECK(machine.refused(create_object(nobody, ObjectType::memory, 1, all)) == Error::not_found);
    for (const int type : {0, 1, 12, 0xffff})
        CHECK(machine.refused(create_object(init, static_cast<ObjectType>(type), 1, all)) ==
              Error::invalid_argument);
    CHECK(machine.refused(create_object(init, ObjectType::memory, 1, Rights{128})) ==
          Error::invalid_argument);
    fill(machine, init);
    CHECK(machine.refused(create_object(init, ObjectType::memory, 1, all)) == Error::limit_reached);
}

TEST_CASE("axiom: a slot is filled when it is free, and each time its handle is another one") {
    Machine machine;
    machine.start();
    const Handle first = memory(machine, init), second = memory(machine, init);
    CHECK(first == Handle{4, 1}); // The standard slots are left out.
    CHECK(second == Handle{5, 1});
    CHECK(machine(move_capability(init, first, init, 1)).handle == Handle{1, 1});
    CHECK(machine.refused(move_capability(init, second, init, 1)) == Error::occupied);
    CHECK(machine.refused(move_capability(init, second, init, second.slot)) == Error::occupied);
    CHECK(machine.refused(move_capability(init, second, init, 16)) == Error::limit_reached);
    CHECK(machine(move_capability(init, second, init, 15)).handle == Handle{15, 1});
    for (std::uint32_t generation = 2; generation < 6; ++generation) { // The one of lowest number is taken.
        CHECK(memory(machine, init).slot == generation + 2);
        CHECK(machine(move_capability(init, {1, generation - 1}, init, 2)).handle ==
              Handle{2, generation - 1});
        CHECK(machine(move_capability(init, {2, generation - 1}, init, 1)).handle == Handle{1, generation});
        CHECK(machine.state.capability(init, {1, generation - 1}).error() == Error::bad_handle);
        CHECK(machine.state.capability(init, {1, generation}));
    }
    while (machine.state.free_slots(init) > 0) memory(machine, init);
    CHECK(machine.refused(move_capability(init, {1, 5}, init)) == Error::limit_reached);
    CHECK(machine.refused(create_object(init, ObjectType::memory, 1, all)) == Error::limit_reached);
    machine(grow_table(init));
    CHECK(memory(machine, init) == Handle{16, 1});
}

TEST_CASE("axiom: a slot that was filled for the last time is not filled by its number either") {
    Machine machine;
    machine.start();
    const Handle handle = memory(machine, init);
    Tables& tables = Inspector::tables(machine.state);
    const Process& process = tables.process(tables.find(init));
    tables.put(slot_of(tables, process, handle.slot).generation, last_generation);
    machine(move_capability(init, {handle.slot, last_generation}, init, 1));
    CHECK(machine.refused(move_capability(init, {1, 1}, init, handle.slot)) == Error::occupied);
    CHECK(memory(machine, init).slot == handle.slot + 1);
}

TEST_CASE("axiom copy_capability: rights only shrink, and only what may be granted leaves the process") {
    Machine machine;
    machine.start();
    const ProcessId child = machine.spawn(init);
    const Handle original = memory(machine, init);
    const Handle copy = machine(copy_capability(init, original, child, reading | grant)).handle;
    CHECK(machine.state.capability(child, copy)->rights == (reading | grant));
    CHECK(test::parent_of(machine.state, child, copy) == test::node_of(machine.state, init, original));
    CHECK(machine.refused(copy_capability(child, copy, child, writing)) == Error::not_permitted);
    const Handle mine = machine(copy_capability(child, copy, child, reading)).handle;
    CHECK(machine.refused(copy_capability(child, mine, init, reading)) == Error::not_permitted);
    CHECK(machine.refused(copy_capability(init, original, init, Rights{0xffff})) == Error::not_permitted);
    CHECK(machine.refused(copy_capability(nobody, original, init, reading)) == Error::not_found);
    CHECK(machine.refused(copy_capability(init, original, nobody, reading)) == Error::not_found);
    CHECK(machine.refused(copy_capability(init, {original.slot, 9}, init, reading)) == Error::bad_handle);
    CHECK(machine.refused(copy_capability(init, {original.slot, 0}, init, reading)) == Error::bad_handle);
    CHECK(machine.refused(copy_capability(init, {9999, 1}, init, reading)) == Error::bad_handle);
    fill(machine, init);
    CHECK(machine.refused(copy_capability(init, original, init, reading)) == Error::limit_reached);
    machine(exit_process(child, Ending::killed, 9));
    CHECK(machine.refused(copy_capability(init, original, child, reading)) == Error::not_running);
    CHECK(machine.refused(copy_capability(child, copy, init, reading)) == Error::not_running);
}

TEST_CASE("axiom copy_capability: the standard slots are filled by number, and begin with generation 1") {
    Machine machine;
    machine.start();
    const ProcessId child = machine.spawn(init);
    const Handle console = memory(machine, init);
    for (const Handle standard : {abi::standard_input, abi::standard_output, abi::standard_error})
        CHECK(machine(copy_capability(init, console, child, reading, standard.slot)).handle == standard);
    CHECK(machine.refused(copy_capability(init, console, child, reading, 2)) == Error::occupied);
    CHECK(machine.refused(copy_capability(init, console, child, reading, 16)) == Error::limit_reached);
    CHECK(machine(copy_capability(init, console, child, reading, 15)).handle == Handle{15, 1});
    machine(delete_capability(child, abi::standard_input));
    fill(machine, child); // Does not touch the free standard slot.
    CHECK(machine.state.capability(child, {1, 2}).error() == Error::bad_handle);
    CHECK(machine(copy_capability(init, console, child, reading, 1)).handle == Handle{1, 2});
}

TEST_CASE("axiom move_capability: the same capability under another handle") {
    Machine machine;
    machine.start();
    const ProcessId child = machine.spawn(init);
    const Handle original = memory(machine, init);
    const Handle derived = machine(copy_capability(init, original, init, reading)).handle;
    const std::uint32_t node = test::node_of(machine.state, init, original);
    const Handle moved = machine(move_capability(init, original, child)).handle;
    CHECK(test::node_of(machine.state, child, moved) == node);
    CHECK(test::parent_of(machine.state, init, derived) == node);
    CHECK(machine.state.capability(init, original).error() == Error::bad_handle);
    CHECK(machine.refused(move_capability(init, original, child)) == Error::bad_handle);
    CHECK(machine.refused(move_capability(init, derived, child)) == Error::not_permitted);
    CHECK(machine.refused(move_capability(init, derived, nobody)) == Error::not_found);
    CHECK(machine(move_capability(init, derived, init)).handle != derived);
    fill(machine, child);
    CHECK(machine.refused(move_capability(init, memory(machine, init), child)) == Error::limit_reached);
}

TEST_CASE("axiom delete_capability: children become the parent's; an object goes with its last capability") {
    Machine machine;
    machine.start();
    const Outcome made = machine(create_object(init, ObjectType::memory, 1, all));
    const Handle middle = machine(copy_capability(init, made.handle, init, all)).handle;
    const Handle sibling = machine(copy_capability(init, made.handle, init, all)).handle;
    std::vector<Handle> leaves;
    for (int i = 0; i < 3; ++i)
        leaves.push_back(machine(copy_capability(init, middle, init, reading)).handle);
    CHECK(machine(delete_capability(init, middle)).gone_count == 0);
    const std::uint32_t root = test::node_of(machine.state, init, made.handle);
    for (const Handle leaf : leaves) CHECK(test::parent_of(machine.state, init, leaf) == root);
    CHECK(test::parent_of(machine.state, init, sibling) == root);
    CHECK(machine.refused(delete_capability(init, middle)) == Error::bad_handle);
    CHECK(machine.refused(delete_capability(nobody, sibling)) == Error::not_found);
    machine(delete_capability(init, made.handle));
    for (const Handle leaf : leaves) CHECK(test::parent_of(machine.state, init, leaf) == 0);
    machine(delete_capability(init, sibling));
    machine(delete_capability(init, leaves[0]));
    machine(delete_capability(init, leaves[1]));
    CHECK(machine.state.object_count() == 2);
    const Outcome last = machine(delete_capability(init, leaves[2]));
    REQUIRE(last.gone_count == 1);
    CHECK(last.gone[0].object == made.object.value);
    CHECK(last.gone[0].index == made.index);
    CHECK(machine.state.object(made.index) == nullptr);
    CHECK(machine.state.object_count() == 1);
}

TEST_CASE("axiom delete_capability: a slot that is filled again has another generation") {
    Machine machine;
    machine.start();
    const Handle first = memory(machine, init);
    machine(delete_capability(init, first));
    const Handle second = memory(machine, init);
    CHECK(second.slot == first.slot);
    CHECK(second.generation == first.generation + 1);
    CHECK(machine.state.capability(init, first).error() == Error::bad_handle);
    CHECK(machine.state.capability(init, second));
}

TEST_CASE("axiom: a slot whose generations are used up is not filled again") {
    Machine machine;
    machine.start();
    const Handle handle = memory(machine, init);
    Tables& tables = Inspector::tables(machine.state);
    for (std::uint32_t i = 0; i < 16; ++i)
        if (tables.slot(i).node == tables.object(1).first)
            tables.put(tables.slot(i).generation, last_generation);
    const std::uint32_t free = machine.state.free_slots(init);
    machine(delete_capability(init, {handle.slot, last_generation}));
    CHECK(machine.state.free_slots(init) == free);
    CHECK(memory(machine, init).slot != handle.slot);
    CHECK(machine.refused(copy_capability(init, abi::self_process, init, reading, handle.slot)) ==
          Error::occupied);
}

TEST_CASE("axiom destroy_object: all capabilities go, in steps, and nothing is derived meanwhile") {
    Machine machine({.processes = 8, .objects = 16, .slots = 1024});
    machine.start({.slots = 256, .processes = 8});
    const ProcessId child = machine.spawn(init, {.slots = 256, .processes = 8});
    for (int i = 0; i < 9; ++i) {
        machine(grow_table(init));
        machine(grow_table(child));
    }
    const Outcome made = machine(create_object(init, ObjectType::memory, 1, all));
    const Handle own = machine(copy_capability(init, made.handle, init, all)).handle;
    Handle chain = made.handle;
    for (int i = 0; i < 60; ++i) {
        machine(copy_capability(init, own, child, reading));
        machine(copy_capability(init, made.handle, child, reading));
        chain = machine(copy_capability(init, chain, init, all)).handle;
    }
    int steps = 0;
    std::uint32_t before = machine.state.capability_count();
    for (bool done = false; !done; ++steps) {
        const Outcome outcome = machine(destroy_object(init, own));
        done = outcome.done;
        CHECK(before - machine.state.capability_count() <= most_per_step);
        before = machine.state.capability_count();
        if (outcome.done) {
            REQUIRE(outcome.gone_count == 1);
            CHECK(outcome.gone[0].object == made.object.value);
        } else {
            CHECK(machine.state.capability(init, own));
            CHECK(machine.refused(copy_capability(init, own, child, reading)) == Error::gone);
            CHECK(machine.refused(move_capability(init, own, child)) == Error::gone);
        }
    }
    CHECK(steps > 5);
    CHECK(steps < 20);
    CHECK(machine.state.object_count() == 2);
    CHECK(machine.state.capability_count() == 3);
    CHECK(machine.refused(destroy_object(init, own)) == Error::bad_handle);
    CHECK(machine.refused(destroy_object(nobody, own)) == Error::not_found);
}

TEST_CASE("axiom grow_table: block by block up to the quota") {
    Machine machine;
    machine.start({.slots = 40, .processes = 8});
    machine(grow_table(init));
    CHECK(machine.state.process(init)->capacity == 32);
    machine(grow_table(init));
    CHECK(machine.state.process(init)->capacity == 40);
    CHECK(machine.state.free_slots(init) == 36);
    CHECK(machine.refused(grow_table(init)) == Error::limit_reached);
    CHECK(machine.refused(grow_table(nobody)) == Error::not_found);
    fill(machine, init);
    CHECK(machine.state.process(init)->slots_in_use == 37);
    CHECK(machine.refused(copy_capability(init, abi::self_process, init, reading, 40)) ==
          Error::limit_reached);
}

TEST_CASE("axiom bind_name: names are found, bound anew and forgotten") {
    Machine machine;
    machine.start();
    const Handle one = memory(machine, init), two = memory(machine, init);
    CHECK(machine.state.named(init, "one").error() == Error::not_found);
    machine(bind_name(init, "one", one));
    machine(bind_name(init, "two", two));
    CHECK(machine.state.named(init, "one") == one);
    CHECK(machine.state.named(init, "two") == two);
    machine(bind_name(init, "one", two));
    CHECK(machine.state.named(init, "one") == two);
    machine(bind_name(init, "one", {}));
    CHECK(machine.state.named(init, "one").error() == Error::not_found);
    CHECK(machine.state.named(init, "two") == two);
    CHECK(machine.refused(bind_name(init, "one", {})) == Error::not_found);
    CHECK(machine.refused(bind_name(init, "", one)) == Error::invalid_argument);
    CHECK(machine.refused(bind_name(init, std::string(33, 'x'), one)) == Error::invalid_argument);
    CHECK(machine.refused(bind_name(init, "three", {99, 1})) == Error::bad_handle);
    CHECK(machine.refused(bind_name(nobody, "three", one)) == Error::not_found);
    for (int i = 1; i < 32; ++i) machine(bind_name(init, "name" + std::to_string(i), one));
    CHECK(machine.refused(bind_name(init, "one too many", one)) == Error::limit_reached);
    machine(bind_name(init, std::string("name5"), two));
    machine(bind_name(init, "two", {}));
    machine(bind_name(init, std::string(32, 'x'), one));
    CHECK(machine.state.named(init, std::string(32, 'x')) == one);
    CHECK(machine.state.named(init, std::string(31, 'x')).error() == Error::not_found);
}
