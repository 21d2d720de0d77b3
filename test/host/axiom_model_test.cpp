// State under random commits, held against the plainest model that knows what it must answer.
#include <doctest/doctest.h>

#include <cstring>

#include "kernel/axiom/snapshot.h"
#include "test/host/axiom_machine.h"
#include "test/host/axiom_model.h"
#include "test/host/axiom_random.h"
#include "test/host/seed.h"

using namespace axiom;

namespace {

constexpr Capacity capacity{.processes = 7, .objects = 20, .slots = 128};

/// What both answered.
void compare(const std::expected<Outcome, Error>& real, const std::expected<Outcome, Error>& expected) {
    REQUIRE(real.has_value() == expected.has_value());
    if (!real) {
        REQUIRE(real.error() == expected.error());
        return;
    }
    REQUIRE(real->process == expected->process);
    REQUIRE(real->object == expected->object);
    REQUIRE(real->handle == expected->handle);
    REQUIRE(real->done == expected->done);
    REQUIRE(real->gone_count == expected->gone_count);
    for (std::uint32_t i = 0; i < real->gone_count; ++i)
        REQUIRE(real->gone[i].object == expected->gone[i].object);
}

/// A State restored from a snapshot is the same to the last byte, what follows from the truth included; and
/// restoring finds fault with none.
void check_snapshot(const test::Machine& machine) {
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
        compare(real, model.apply(commit, machine.state));
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
