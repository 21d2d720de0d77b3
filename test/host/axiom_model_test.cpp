// State under random commits, held against the plainest model that knows what it must answer.
#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <vector>

#include "kernel/axiom/capability_tree.h"
#include "kernel/axiom/snapshot.h"
#include "test/host/axiom_machine.h"
#include "test/host/axiom_model.h"
#include "test/host/axiom_random.h"
#include "test/host/seed.h"

using namespace axiom;

namespace {

constexpr Capacity capacity{.processes = 7, .objects = 20, .slots = 128};

/// What both answered.
void compare(CommitKind kind, const std::expected<Outcome, Error>& real,
             const std::expected<Outcome, Error>& expected) {
    REQUIRE(real.has_value() == expected.has_value());
    if (!real) {
        REQUIRE(real.error() == expected.error());
        return;
    }
    REQUIRE(real->process == expected->process);
    REQUIRE(real->object == expected->object);
    REQUIRE(real->handle == expected->handle);
    REQUIRE(real->done == expected->done);
    if (kind == CommitKind::transfer_capabilities) REQUIRE(real->handles == expected->handles);
    REQUIRE(real->gone_count == expected->gone_count);
    for (std::uint32_t i = 0; i < real->gone_count; ++i)
        REQUIRE(real->gone[i].object == expected->gone[i].object);
}

/// What must hold of the tree whatever was done: looked at node by node, past State's own bookkeeping.
void check_trees(const State& state) {
    const Tables& tables = Inspector::tables(state);
    const Layout& layout = tables.layout();
    std::uint32_t held = 0, in_use = 0;
    std::vector<std::uint32_t> counted(layout.capacity.objects);
    for (std::uint32_t i = 1; i < layout.nodes; ++i) {
        const Node& node = tables.node(i);
        if (tables.free_nodes.contains(i)) continue;
        ++in_use;
        std::uint32_t depth = 0, top = i;
        for (; tables.node(top).parent != 0; top = tables.node(top).parent) ++depth;
        REQUIRE(depth <= deepest_derivation);
        std::uint32_t first = tables.object(node.object).first;
        while (first != 0 && first != top) first = tables.node(first).next;
        REQUIRE(first == top); // In the tree of its object.
        if (node.holder == 0) continue;
        ++held;
        ++counted[node.object];
        const std::uint32_t source = source_of(tables, i);
        if (source == 0) continue;
        REQUIRE(tables.node(source).rights.includes(node.rights));
        REQUIRE((tables.badge(source) == 0 || tables.badge(source) == tables.badge(i)));
    }
    REQUIRE(held == state.capability_count());
    REQUIRE(in_use < 2 * held + 1);
    for (std::uint32_t i = 0; i < layout.capacity.objects; ++i)
        REQUIRE(counted[i] == (state.object(i) ? state.object(i)->capabilities : 0));
}

/// A State restored from a snapshot is the same to the last byte, what follows from the truth included; and
/// restoring finds fault with none.
void check_snapshot(const test::Machine& machine) {
    const Capacity capacity = machine.state.capacity();
    test::Bytes bytes(Snapshot::largest(capacity));
    const auto size = Snapshot::write(machine.state, 7, bytes.span());
    REQUIRE(size);
    const auto record = open_record(bytes.span().first(*size));
    REQUIRE(record);
    test::Machine other(capacity);
    REQUIRE(Snapshot::restore(other.state, *record));
    REQUIRE(other.bytes() == machine.bytes());
}

} // namespace

TEST_CASE("axiom: 250,000 random commits against a model") {
    test::Machine machine(capacity);
    test::AxiomModel model(capacity);
    test::RandomCommits commits(test::seed(20'26));
    auto before = machine.bytes();
    std::uint64_t applied = 0, refused = 0;
    for (int i = 0; i < 250'000; ++i) {
        const Commit commit = commits.next(model);
        const auto real = apply(machine.state, commit);
        CAPTURE(i);
        CAPTURE(static_cast<int>(commit.kind));
        compare(commit.kind, real, model.apply(commit, machine.state));
        ++(real ? applied : refused);
        if (!real) {
            REQUIRE(machine.bytes() == before);
            continue;
        }
        before = machine.bytes();
        REQUIRE(machine.state.digest() == machine.state.compute_digest());
        model.compare(machine.state);
        if (applied % 100 == 0) check_snapshot(machine);
    }
    MESSAGE("applied " << applied << ", refused " << refused);
    CHECK(applied > 80'000);
    CHECK(refused > 20'000);
}

TEST_CASE("axiom: 1,000,000 random changes of capabilities against a model") {
    constexpr Capacity wide{.processes = 8, .objects = 24, .slots = 512};
    test::Machine machine(wide);
    test::AxiomModel model(wide);
    test::RandomCommits commits(test::seed(5));
    std::array<std::uint32_t, 15> applied{}; // By kind.
    std::uint32_t all = 0, unfinished = 0, gone = 0;
    while (all < 1'000'000) {
        const Commit commit = commits.next_on_capabilities(model);
        const std::uint64_t before = machine.state.digest();
        const auto real = apply(machine.state, commit);
        CAPTURE(all);
        CAPTURE(static_cast<int>(commit.kind));
        compare(commit.kind, real, model.apply(commit, machine.state));
        if (!real) {
            REQUIRE(machine.state.digest() == before);
            gone += real.error() == Error::gone;
            continue;
        }
        ++applied[static_cast<std::size_t>(commit.kind)];
        unfinished += commit.kind == CommitKind::revoke_capability && !real->done;
        if (++all % 1000 != 0) continue;
        REQUIRE(machine.state.digest() == machine.state.compute_digest());
        model.compare(machine.state);
        check_trees(machine.state);
        check_snapshot(machine);
    }
    for (int kind = 2; kind < 15; ++kind) {
        CAPTURE(kind);
        const bool is_meant = kind != static_cast<int>(CommitKind::bind_name);
        CHECK((!is_meant || applied[static_cast<std::size_t>(kind)] > 3'000));
    }
    MESSAGE("revokes " << applied[14] << ", unfinished " << unfinished << ", refused for one " << gone);
    CHECK(unfinished > 100);
    CHECK(gone > 1'000);
}
