// Commits on the derivation tree: badges, transfer and revoke; how deep it gets, and what survives.
#include <doctest/doctest.h>

#include <array>
#include <random>
#include <vector>

#include "kernel/axiom/capability_tree.h"
#include "test/host/axiom_machine.h"
#include "test/host/seed.h"

using namespace axiom;
using abi::Ending, abi::Handle, abi::ObjectType, abi::Rights;
using abi::right::all, abi::right::grant;
using test::init, test::nobody, test::reading, test::writing;
using test::Machine, test::memory, test::fill;

namespace {

constexpr Capacity large{.processes = 8, .objects = 48, .slots = 2048};
constexpr Quota many{.slots = 1024, .processes = 8};

Handle endpoint(Machine& machine, ProcessId process) {
    return machine(create_object(process, ObjectType::endpoint, 0, all)).handle;
}

Handle copy(Machine& machine, Handle handle, ProcessId to = init, Rights rights = all) {
    if (machine.state.free_slots(to) == 0) machine(grow_table(to));
    return machine(copy_capability(init, handle, to, rights)).handle;
}

/// Revokes to the end; how many commits that took.
int revoke(Machine& machine, ProcessId process, Handle handle) {
    int steps = 1;
    while (!machine(revoke_capability(process, handle)).done) ++steps;
    return steps;
}

} // namespace

TEST_CASE("axiom badge: set once, inherited, and only where a sender is told by it") {
    Machine machine;
    machine.start();
    const ProcessId child = machine.spawn(init);
    const Handle original = endpoint(machine, init);
    CHECK(machine.state.capability(init, original)->badge == 0);
    const Handle minted = machine(copy_capability(init, original, init, all, any_slot, 7)).handle;
    CHECK(machine.state.capability(init, minted)->badge == 7);
    CHECK(machine.state.capability(child, copy(machine, minted, child, reading))->badge == 7);
    const Given given{minted, writing};
    const Outcome sent = machine(transfer_capabilities(init, child, std::span(&given, 1)));
    CHECK(machine.state.capability(child, sent.handles[0])->badge == 7);
    for (const std::uint64_t badge : {1ull, 7ull, ~0ull})
        CHECK(machine.refused(copy_capability(init, minted, init, reading, any_slot, badge)) ==
              Error::not_permitted);
    CHECK(machine.refused(copy_capability(init, memory(machine, init), init, reading, any_slot, 1)) ==
          Error::invalid_argument);
    CHECK(machine.refused(copy_capability(init, abi::self_process, init, reading, any_slot, 1)) ==
          Error::invalid_argument);
    const Handle notification = machine(create_object(init, ObjectType::notification, 0, all)).handle;
    const Handle bit =
        machine(copy_capability(init, notification, init, writing, any_slot, 1ull << 63)).handle;
    CHECK(machine.state.capability(init, bit)->badge == 1ull << 63);
    const Handle moved = machine(move_capability(init, minted, child)).handle;
    CHECK(machine.state.capability(child, moved)->badge == 7);
}

TEST_CASE("axiom badge: the next capability in a node that had one has none") {
    Machine machine;
    machine.start();
    const Handle original = endpoint(machine, init);
    const Handle minted = machine(copy_capability(init, original, init, all, any_slot, 7)).handle;
    const Handle one = copy(machine, minted), two = copy(machine, minted);
    machine(delete_capability(init, minted)); // Its node stays as a place, without a badge.
    CHECK(machine.state.capability(init, one)->badge == 7);
    machine(delete_capability(init, one));
    machine(delete_capability(init, two));
    for (int i = 0; i < 4; ++i) CHECK(machine.state.capability(init, copy(machine, original))->badge == 0);
}

TEST_CASE("axiom move_capability: to a slot of that number, which must be free") {
    Machine machine;
    machine.start();
    const Handle handle = memory(machine, init), other = memory(machine, init);
    const Handle child = copy(machine, handle);
    const std::uint32_t node = test::node_of(machine.state, init, handle);
    CHECK(machine.refused(move_capability(init, handle, init, other.slot)) == Error::occupied);
    CHECK(machine.refused(move_capability(init, handle, init, handle.slot)) == Error::occupied);
    CHECK(machine.refused(move_capability(init, handle, init, 16)) == Error::limit_reached);
    const Handle moved = machine(move_capability(init, handle, init, 1)).handle;
    CHECK(moved == Handle{1, 1});
    CHECK(test::node_of(machine.state, init, moved) == node);
    CHECK(test::parent_of(machine.state, init, child) == node);
}

TEST_CASE("axiom transfer_capabilities: all become children, or none") {
    Machine machine;
    machine.start();
    const ProcessId child = machine.spawn(init);
    const Handle a = memory(machine, init), b = memory(machine, init);
    const Handle private_one = machine(copy_capability(init, b, init, reading)).handle;
    const auto refused = [&](std::initializer_list<Given> given) {
        return machine.refused(transfer_capabilities(init, child, {given.begin(), given.size()}));
    };
    CHECK(refused({}) == Error::invalid_argument);
    CHECK(refused({{a, reading}, {a, reading}, {a, reading}, {a, reading}, {a, reading}}) ==
          Error::invalid_argument);
    CHECK(refused({{a, reading}, {private_one, reading}}) == Error::not_permitted);
    CHECK(refused({{a, reading}, {b, Rights{0x80}}}) == Error::not_permitted);
    CHECK(refused({{a, reading}, {{99, 1}, reading}}) == Error::bad_handle);
    const std::array given{Given{a, reading}, Given{b, all}, Given{a, grant}, Given{b, {}}};
    CHECK(machine.refused(transfer_capabilities(nobody, child, given)) == Error::not_found);
    CHECK(machine.refused(transfer_capabilities(init, nobody, given)) == Error::not_found);
    const Outcome outcome = machine(transfer_capabilities(init, child, given));
    for (std::size_t i = 0; i < given.size(); ++i) {
        CHECK(outcome.handles[i] == Handle{static_cast<std::uint32_t>(4 + i), 1});
        CHECK(machine.state.capability(child, outcome.handles[i])->rights == given[i].rights);
        CHECK(test::parent_of(machine.state, child, outcome.handles[i]) ==
              test::node_of(machine.state, init, given[i].handle));
    }
    while (machine.state.free_slots(child) > 3) copy(machine, a, child);
    CHECK(machine.refused(transfer_capabilities(init, child, given)) == Error::limit_reached);
    machine(transfer_capabilities(init, child, std::span(given).first(3)));
    machine(exit_process(child, Ending::exited, 0));
    CHECK(machine.refused(transfer_capabilities(init, child, given)) == Error::not_running);
}

TEST_CASE("axiom revoke_capability: all descendants in all processes go; the root and its siblings stay") {
    Machine machine;
    machine.start();
    const ProcessId child = machine.spawn(init), grandchild = machine.spawn(child);
    const Handle original = memory(machine, init);
    const Handle root = copy(machine, original), sibling = copy(machine, original);
    const Handle theirs = copy(machine, root, child);
    const Handle further = machine(copy_capability(child, theirs, grandchild, reading)).handle;
    const Handle mine = copy(machine, root);
    const std::uint32_t before = machine.state.capability_count();
    const Outcome outcome = machine(revoke_capability(init, root));
    CHECK(outcome.done);
    CHECK(outcome.gone_count == 0);
    CHECK(machine.state.capability_count() == before - 3);
    for (const Handle handle : {original, root, sibling}) CHECK(machine.state.capability(init, handle));
    CHECK(machine.state.capability(init, mine).error() == Error::bad_handle);
    CHECK(machine.state.capability(child, theirs).error() == Error::bad_handle);
    CHECK(machine.state.capability(grandchild, further).error() == Error::bad_handle);
    CHECK(machine(revoke_capability(init, root)).done); // Without children it is harmless.
    CHECK(copy(machine, root));
    CHECK(machine.refused(revoke_capability(init, mine)) == Error::bad_handle);
    CHECK(machine.refused(revoke_capability(init, {15, 1})) == Error::bad_handle);
    CHECK(machine.refused(revoke_capability(nobody, root)) == Error::not_found);
}

TEST_CASE("axiom revoke_capability: a name that was bound to what is revoked leads to nothing") {
    Machine machine;
    machine.start();
    const ProcessId child = machine.spawn(init);
    const Handle root = memory(machine, init);
    const Handle standard = machine(copy_capability(init, root, child, reading, 1)).handle;
    machine(bind_name(child, "thing", standard));
    machine(revoke_capability(init, root));
    CHECK(machine.state.named(child, "thing") == standard);
    CHECK(machine.state.capability(child, standard).error() == Error::bad_handle);
    CHECK(machine(copy_capability(init, root, child, reading, 1)).handle == Handle{1, 2});
}

TEST_CASE(
    "axiom revoke_capability: in steps; meanwhile nothing is derived beneath, and elsewhere as always") {
    Machine machine(large);
    machine.start(many);
    const ProcessId child = machine.spawn(init, many);
    const Handle original = memory(machine, init);
    const Handle root = copy(machine, original);
    const Handle first = copy(machine, root); // The oldest child of all: it goes last.
    Handle chain = root;
    for (int i = 0; i < 40; ++i) chain = copy(machine, chain);
    for (int i = 0; i < 160; ++i) copy(machine, root, i % 2 ? init : child, reading);
    CHECK_FALSE(machine(revoke_capability(init, root)).done);
    const Given given{first, reading};
    for (const Handle handle : {root, first}) {
        CHECK(machine.refused(copy_capability(init, handle, init, reading)) == Error::gone);
        CHECK(machine.refused(copy_capability(init, handle, child, reading)) == Error::gone);
    }
    CHECK(machine.refused(transfer_capabilities(init, child, std::span(&given, 1))) == Error::gone);
    CHECK(machine.refused(move_capability(init, root, init)) == Error::gone);
    CHECK(copy(machine, original, child)); // Above it, and beside it, all is as always.
    const Handle moved = machine(move_capability(init, first, child)).handle;
    const std::uint32_t before = machine.state.capability_count();
    CHECK_FALSE(machine(revoke_capability(init, root)).done);
    CHECK(machine.state.capability_count() == before - most_per_step);
    CHECK(machine.state.capability(child, moved));
    CHECK(revoke(machine, init, root) == 5); // 201 in all, by 32, of which two steps are done.
    CHECK(machine.state.capability(child, moved).error() == Error::bad_handle);
    CHECK(copy(machine, root));
    CHECK(machine(move_capability(init, root, init)).handle);
}

TEST_CASE("axiom revoke_capability: deleted capabilities between a root and its descendants save none") {
    Machine machine(large);
    machine.start(many);
    const Handle root = memory(machine, init);
    std::vector<Handle> middle;
    Handle above = root;
    for (int i = 0; i < 50; ++i) {
        middle.push_back(copy(machine, above));
        copy(machine, middle.back());
        copy(machine, middle.back());
        above = middle.back();
    }
    for (const Handle handle : middle) machine(delete_capability(init, handle));
    CHECK(machine.state.capability_count() == 102); // Init itself, the root, and a hundred leaves.
    CHECK(revoke(machine, init, root) == 4);
    CHECK(machine.state.capability_count() == 2);
}

TEST_CASE("axiom revoke_capability: who closes the root meanwhile leaves what is left to the root's parent") {
    Machine machine(large);
    machine.start(many);
    const Handle original = memory(machine, init);
    const Handle root = copy(machine, original);
    Handle last{};
    for (int i = 0; i < 40; ++i) {
        const Handle handle = copy(machine, root);
        if (i == 0) last = handle;
    }
    CHECK_FALSE(machine(revoke_capability(init, root)).done);
    machine(delete_capability(init, root));
    CHECK(machine.refused(revoke_capability(init, root)) == Error::bad_handle);
    CHECK(copy(machine, last)); // The mark went with the root.
    CHECK(machine(revoke_capability(init, original)).done);
    CHECK(machine.state.capability_count() == 2);
}

TEST_CASE("axiom revoke_capability: a process's own capability for itself survives its parent's revoke") {
    Machine machine;
    machine.start();
    const Outcome made = machine(create_process(init, "child", test::usual));
    const Handle given = copy(machine, made.handle, made.process);
    CHECK(machine(revoke_capability(init, made.handle)).done);
    CHECK(machine.state.capability(made.process, abi::self_process));
    CHECK(machine.state.capability(made.process, given).error() == Error::bad_handle);
    machine(delete_capability(init, made.handle));
    CHECK(machine.state.capability(made.process, abi::self_process)->object == made.object);
}

TEST_CASE("axiom: derivation is at most so deep") {
    Machine machine(large);
    machine.start(many);
    std::vector<Handle> chain{memory(machine, init)};
    for (std::uint32_t i = 0; i < deepest_derivation; ++i) chain.push_back(copy(machine, chain.back()));
    machine(grow_table(init));
    CHECK(machine.refused(copy_capability(init, chain.back(), init, reading)) == Error::limit_reached);
    const Given given{chain.back(), reading};
    CHECK(machine.refused(transfer_capabilities(init, init, std::span(&given, 1))) == Error::limit_reached);
    CHECK(copy(machine, chain[deepest_derivation - 1]));
}

TEST_CASE("axiom: places of deleted capabilities count in how deep a derivation is") {
    Machine machine(large);
    machine.start(many);
    std::vector<Handle> chain{memory(machine, init)};
    for (std::uint32_t i = 0; i < deepest_derivation; ++i) chain.push_back(copy(machine, chain.back()));
    copy(machine, chain[10]);
    machine(delete_capability(init, chain[10])); // Two children: its place stays.
    CHECK(machine.refused(copy_capability(init, chain.back(), init, reading)) == Error::limit_reached);
    machine(delete_capability(init, chain[20])); // One child, which takes its place.
    CHECK(copy(machine, chain.back()));
}

TEST_CASE("axiom revoke_capability: a derivation as deep as it gets") {
    Machine machine(large);
    machine.start(many);
    const Handle original = memory(machine, init);
    Handle last = original;
    for (std::uint32_t i = 0; i < deepest_derivation; ++i) last = copy(machine, last);
    CHECK(revoke(machine, init, original) == 2); // 64 of them.
    CHECK(machine.state.capability_count() == 2);
}

TEST_CASE("axiom delete_capability: in any order, what is left derives from the nearest that is left") {
    std::mt19937_64 random(test::seed(12));
    const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
    for (int round = 0; round < 50; ++round) {
        Machine machine(large);
        machine.start(many);
        std::vector<Handle> handles{endpoint(machine, init)};
        std::vector<std::size_t> source{0}; // Of each the one that it derives from; of the first itself.
        std::vector<std::size_t> left;
        for (std::size_t i = 1; i < 40; ++i) {
            source.push_back(below(i));
            const std::uint64_t badge = source[i] == 0 ? i : 0; // All others inherit theirs.
            if (machine.state.free_slots(init) == 0) machine(grow_table(init));
            const Commit derive = copy_capability(init, handles[source[i]], init, all, any_slot, badge);
            handles.push_back(machine(derive).handle);
            left.push_back(i);
        }
        while (!left.empty()) {
            const std::size_t at = below(left.size()), gone = left[at];
            left.erase(left.begin() + static_cast<std::ptrdiff_t>(at));
            machine(delete_capability(init, handles[gone]));
            for (std::size_t& of : source)
                if (of == gone) of = source[gone];
            for (const std::size_t i : left)
                REQUIRE(test::parent_of(machine.state, init, handles[i]) ==
                        test::node_of(machine.state, init, handles[source[i]]));
            const Tables& tables = Inspector::tables(machine.state);
            for (const std::size_t i : left) // As those who walk the tree see it.
                REQUIRE(source_of(tables, test::node_of(machine.state, init, handles[i])) ==
                        test::node_of(machine.state, init, handles[source[i]]));
            std::size_t nodes = 0;
            bool are_bare = true; // Places without a holder.
            for (std::uint32_t i = 1; i < tables.layout().nodes; ++i) {
                const Node& node = tables.node(i);
                nodes += node.object != 0;
                are_bare &= node.holder != 0 || (tables.badge(i) == 0 && node.rights == Rights{});
            }
            REQUIRE(are_bare);
            REQUIRE(nodes < 2 * machine.state.capability_count());
        }
    }
}
