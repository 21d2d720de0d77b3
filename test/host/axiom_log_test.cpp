// The CommitLog: what replay makes of it, whole, cut off and damaged.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "kernel/axiom/crc32c.h"
#include "kernel/axiom/record.h"
#include "kernel/axiom/snapshot.h"
#include "test/host/axiom_machine.h"
#include "test/host/axiom_random.h"
#include "test/host/seed.h"

using namespace axiom;
using test::Bytes, test::Machine;

namespace {

constexpr Capacity capacity{.processes = 7, .objects = 24, .slots = 160};

/// A State with a log, and the digest that it had after each commit.
struct Logged {
    explicit Logged(std::size_t ring_size) : ring(ring_size), log(ring.span(), machine.state) {
        digests.push_back(machine.state.digest());
    }

    void run(std::uint64_t seed, std::size_t commits) {
        test::RandomCommits random(seed);
        while (log.sequence() < commits) {
            const Commit commit = random.next(model);
            const auto outcome = axiom.commit(commit);
            REQUIRE(outcome.has_value() == model.apply(commit, machine.state).has_value());
            if (outcome) digests.push_back(machine.state.digest());
        }
    }

    Machine machine{capacity};
    test::AxiomModel model{capacity};
    Bytes ring;
    CommitLog log;
    Axiom axiom{machine.state, log};
    std::vector<std::uint64_t> digests; ///< By sequence.
};

/// Where the records of a log end.
std::vector<std::size_t> ends_of(std::span<const std::byte> log) {
    std::vector<std::size_t> ends;
    for (std::size_t at = 0; at < log.size(); ends.push_back(at)) {
        const auto record = open_record(log.subspan(at));
        REQUIRE(record);
        at += record->size;
    }
    return ends;
}

std::expected<std::uint64_t, Error> replay_into(Machine& machine, std::span<const std::byte> log) {
    std::uint64_t applied = 0;
    const auto replayed = replay(machine.state, log, applied);
    if (!replayed) return std::unexpected(replayed.error());
    return applied;
}

} // namespace

TEST_CASE("axiom: CRC-32C is the one of RFC 3720") {
    Bytes bytes(32);
    std::memset(bytes.span().data(), 0, 32);
    CHECK(crc32c(0, bytes.span()) == 0x8a91'36aa);
    std::memset(bytes.span().data(), 0xff, 32);
    CHECK(crc32c(0, bytes.span()) == 0x62a8'ab43);
    for (std::size_t i = 0; i < 32; ++i) bytes.span()[i] = static_cast<std::byte>(i);
    CHECK(crc32c(0, bytes.span()) == 0x46dd'794e);
    CHECK(crc32c(crc32c(0, bytes.span().first(8)), bytes.span().subspan(8)) == 0x46dd'794e);
}

TEST_CASE("axiom: a record is what docs/axiom.md says, byte by byte") {
    Bytes bytes(most_record_size);
    const auto size = write_commit(bytes.span().data(), 0x0102'0304'0506,
                                   copy_capability({7}, {0x11, 0x22}, {9}, {0x1b}, 0x33));
    const std::vector<unsigned> expected{0x28, 0, 0, 0, 0,    0, 0, 0, 6,    5, 4,    3, 2, 1,
                                         4,    0, 7, 0, 0,    0, 9, 0, 0,    0, 0x11, 0, 0, 0,
                                         0x22, 0, 0, 0, 0x33, 0, 0, 0, 0x1b, 0, 0,    0};
    REQUIRE(size == expected.size());
    for (std::size_t i = 0; i < size; ++i)
        if (i < 4 || i >= 8) CHECK(std::to_integer<unsigned>(bytes.span()[i]) == expected[i]);
    CHECK(open_record(bytes.span().first(size)));
}

TEST_CASE(
    "axiom: a badge is written when there is one; of what is transferred all rights, then all handles") {
    Bytes bytes(most_record_size);
    const Commit badged = copy_capability({7}, {0x11, 0x22}, {9}, {0x1b}, 0x33, 0xbad9e);
    REQUIRE(write_commit(bytes.span().data(), 5, badged) == 48);
    CHECK(load_word(&bytes.span()[40]) == 0xbad9e);
    const std::array given{Given{{0x11, 0x22}, {0x1b}}, Given{{0x33, 0x44}, {}}, Given{{0x55, 0x66}, {0x7f}}};
    REQUIRE(write_commit(bytes.span().data(), 5, transfer_capabilities({7}, {9}, given)) == 56);
    const auto record = open_record(bytes.span().first(56));
    REQUIRE(record);
    const std::array<std::uint64_t, 5> words{9ull << 32 | 7, 0x7f'0000'001b, 0x22ull << 32 | 0x11,
                                             0x44ull << 32 | 0x33, 0x66ull << 32 | 0x55};
    for (std::size_t i = 0; i < words.size(); ++i) CHECK(load_word(&record->body[i * 8]) == words[i]);
    store_word(&bytes.span()[24], 1ull << 48); // Rights of a fourth, which is not there.
    seal(bytes.span().first(56), 5, static_cast<std::uint16_t>(CommitKind::transfer_capabilities));
    const auto spoilt = open_record(bytes.span().first(56));
    REQUIRE(spoilt);
    CHECK(read_commit(*spoilt).error() == Error::corrupt);
}

TEST_CASE("axiom: each prefix of a log replays to the digest of that commit") {
    Logged logged(CommitLog::ring_size(capacity));
    logged.run(test::seed(1), 400);
    const Bytes log = test::read(logged.log);
    const auto ends = ends_of(log.span());
    REQUIRE(ends.size() == 401); // Genesis is a snapshot, too.
    Machine machine(capacity);
    for (std::size_t i = 0; i < ends.size(); ++i) {
        REQUIRE(replay_into(machine, log.span().first(ends[i])) == i);
        REQUIRE(machine.state.digest() == logged.digests[i]);
        REQUIRE(machine.state.compute_digest() == logged.digests[i]);
    }
    CHECK(machine.bytes() == logged.machine.bytes());
}

TEST_CASE("axiom: a full ring lets its older half go, and what is left replays to the same") {
    Logged logged(64 * 1024);
    Machine machine(capacity);
    for (std::size_t commits = 500; commits <= 20'000; commits += 500) {
        logged.run(test::seed(commits), commits);
        REQUIRE(logged.log.is_whole());
        const Bytes log = test::read(logged.log);
        CHECK(log.span().size() <= 64 * 1024);
        REQUIRE(capacity_of(log.span()) == capacity);
        REQUIRE(replay_into(machine, log.span()) == commits);
        REQUIRE(machine.bytes() == logged.machine.bytes());
    }
    const Bytes log = test::read(logged.log);
    const auto first = open_record(log.span());
    REQUIRE(first);
    CHECK(first->sequence > 10'000);
    CHECK(log.span().size() > 32 * 1024);
    for (std::size_t at = 0; at < log.span().size();) {
        const auto record = open_record(log.span().subspan(at));
        REQUIRE(record);
        if (record->kind == snapshot_kind)
            CHECK(Snapshot::digest(*record) == logged.digests[record->sequence]);
        at += record->size;
    }
}

TEST_CASE("axiom: a ring that State outgrows says so") {
    Machine machine({.processes = 100, .objects = 1000, .slots = 4096});
    Bytes ring(1024);
    CommitLog log(ring.span(), machine.state);
    Axiom axiom(machine.state, log);
    CHECK(axiom.commit(boot()));
    CHECK(log.is_whole());
    CHECK(axiom.commit(create_process({}, "init", {.slots = 1024, .processes = 8})));
    for (int i = 0; i < 63; ++i) REQUIRE(axiom.commit(grow_table({1})));
    for (int i = 0; i < 900; ++i)
        REQUIRE(axiom.commit(create_object({1}, abi::ObjectType::memory, 1, abi::right::all)));
    CHECK_FALSE(log.is_whole());
    CHECK(log.sequence() == 965);
    CHECK(test::read(log).span().empty());
    Bytes enough(CommitLog::ring_size(machine.state.capacity()));
    CHECK(CommitLog(enough.span(), machine.state).is_whole());
}

TEST_CASE("axiom: no flipped bit and no cut goes unseen") {
    Logged logged(CommitLog::ring_size(capacity));
    logged.run(test::seed(3), 60);
    Bytes log = test::read(logged.log);
    const auto ends = ends_of(log.span());
    Machine machine(capacity);
    for (std::size_t bit = 0; bit < log.span().size() * 8; ++bit) {
        log.span()[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
        std::uint64_t applied = 0;
        REQUIRE_FALSE(replay(machine.state, log.span(), applied));
        if (applied > 0) REQUIRE(machine.state.digest() == logged.digests[applied]);
        log.span()[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    }
    for (std::size_t size = 0; size < log.span().size(); ++size) {
        const bool at_end = std::find(ends.begin(), ends.end(), size) != ends.end();
        REQUIRE(replay_into(machine, log.span().first(size)).has_value() == at_end);
    }
}

namespace {

/// A log of one snapshot and the records that follow, sealed anew after it was meddled with.
template <class Meddle>
std::expected<std::uint64_t, Error> replay_meddled(Meddle meddle) {
    Logged logged(CommitLog::ring_size(capacity));
    logged.run(4, 100);
    Bytes bytes(Snapshot::largest(capacity));
    const auto size = Snapshot::write(logged.machine.state, 100, bytes.span());
    REQUIRE(size);
    meddle(bytes.span().first(*size));
    const auto record = bytes.span().first(*size);
    seal(record, 100, snapshot_kind);
    Machine machine(capacity);
    return replay_into(machine, record);
}

void set_word(std::span<std::byte> record, std::size_t word, std::uint64_t value) {
    store_word(&record[word * word_size], value);
}

} // namespace

TEST_CASE("axiom: a snapshot that is sealed but wrong is refused") {
    CHECK(replay_meddled([](auto) {}) == 100);
    CHECK(replay_meddled([](auto record) { set_word(record, 2, 1 | 7ull << 32); }).error() ==
          Error::unsupported);
    CHECK(replay_meddled([](auto record) { set_word(record, 2, 2 | 8ull << 32); }).error() ==
          Error::invalid_argument);
    CHECK(replay_meddled([](auto record) { set_word(record, 4, 1); }).error() == Error::corrupt);
    CHECK(replay_meddled([](auto record) { set_word(record, 5, 0xffff'fff0 | 4ull << 32); }).error() ==
          Error::corrupt);
}

TEST_CASE("axiom: a snapshot in the middle of a log must be of the State that replay has come to") {
    Logged logged(CommitLog::ring_size(capacity));
    logged.run(4, 10);
    const Bytes start = test::read(logged.log);
    const std::size_t known = start.span().size();
    Bytes log(known + Snapshot::largest(capacity));
    std::memcpy(log.span().data(), start.span().data(), known);
    const auto place = log.span().subspan(known);
    const auto size = Snapshot::write(logged.machine.state, 10, place);
    REQUIRE(size);
    Machine machine(capacity);
    const auto try_log = [&] { return replay_into(machine, log.span().first(known + *size)); };
    CHECK(try_log() == 10);
    seal(place.first(*size), 11, snapshot_kind);
    CHECK(try_log().error() == Error::corrupt);
    set_word(place, 4, logged.digests[9]);
    seal(place.first(*size), 10, snapshot_kind);
    CHECK(try_log().error() == Error::corrupt);
}

TEST_CASE("axiom: capabilities that derive from each other in a circle are no truth") {
    Machine machine;
    machine.start();
    const abi::Handle root = machine(create_object({1}, abi::ObjectType::memory, 1, abi::right::all)).handle;
    std::uint32_t nodes[3];
    for (std::uint32_t& node : nodes)
        node = test::node_of(machine.state, {1},
                             machine(copy_capability({1}, root, {1}, abi::right::read)).handle);
    Tables& tables = Inspector::tables(machine.state);
    const auto rebuilt = [&] {
        Machine other;
        Tables& copy = Inspector::tables(other.state);
        std::memcpy(copy.erase().data(), machine.state.bytes().data(), machine.state.bytes().size());
        return copy.rebuild();
    };
    CHECK(rebuilt());
    // The two newest become each other's only child; their object does not count them.
    Node& oldest = tables.node(nodes[0]);
    Node& a = tables.node(nodes[1]);
    Node& b = tables.node(nodes[2]);
    a.parent = a.first_child = nodes[2];
    b.parent = b.first_child = nodes[1];
    a.next = a.previous = b.next = b.previous = oldest.previous = 0;
    tables.node(oldest.parent).first_child = nodes[0];
    tables.object(oldest.object).record.capabilities -= 2;
    CHECK_FALSE(rebuilt());
}

TEST_CASE("axiom: any word of the truth can be nonsense, and what is accepted can be worked with") {
    Logged logged(CommitLog::ring_size(capacity));
    logged.run(test::seed(5), 300);
    const auto truth = logged.machine.state.bytes();
    std::vector<std::size_t> used;
    for (std::size_t at = 0; at < truth.size(); at += word_size)
        if (load_word(&truth[at]) != 0) used.push_back(at);
    std::mt19937_64 random(test::seed(6));
    Machine machine(capacity);
    Tables& tables = Inspector::tables(machine.state);
    int accepted = 0, refused = 0;
    for (int i = 0; i < 20'000; ++i) {
        const auto copy = tables.erase();
        std::memcpy(copy.data(), truth.data(), truth.size());
        const std::size_t at =
            random() % 8 ? used[random() % used.size()] : random() % (truth.size() / 8) * 8;
        const std::uint64_t old = load_word(&copy[at]);
        const std::uint64_t values[] = {0,        old + 1, old - (1ull << 32), old ^ 1ull << random() % 64,
                                        random(), ~0ull};
        store_word(&copy[at], values[random() % 6]);
        if (!tables.rebuild()) {
            ++refused;
            continue;
        }
        ++accepted;
        test::RandomCommits commits(random());
        for (int n = 0; n < 20; ++n) {
            static_cast<void>(apply(machine.state, commits.next(logged.model)));
            REQUIRE(machine.state.digest() == machine.state.compute_digest());
        }
    }
    CHECK(accepted > 500); // Names, sizes, exit codes and the like can be anything.
    CHECK(refused > 10'000);
}

TEST_CASE("axiom: sequences, kinds and fields that do not fit are refused") {
    Logged logged(CommitLog::ring_size(capacity));
    REQUIRE(logged.axiom.commit(boot()));
    const Bytes start = test::read(logged.log);
    const std::size_t known = start.span().size();
    Bytes log(known + most_record_size);
    std::memcpy(log.span().data(), start.span().data(), known);
    Machine machine(capacity);
    const auto try_record = [&](std::size_t size) {
        return replay_into(machine, log.span().first(known + size));
    };
    std::byte* const place = &log.span()[known];
    const Commit init = create_process({}, "init", {});
    CHECK(try_record(write_commit(place, 2, init)) == 2);
    CHECK(try_record(write_commit(place, 3, init)).error() == Error::corrupt);            // One is missing.
    CHECK(try_record(write_commit(place, 1, init)).error() == Error::corrupt);            // Again.
    CHECK(try_record(write_commit(place, 2, grow_table({5}))).error() == Error::corrupt); // Does not fit.
    const auto reseal = [&](std::size_t size, std::uint16_t kind) {
        seal({place, size}, 2, kind);
        return try_record(size).error();
    };
    const std::size_t size = write_commit(place, 2, init);
    CHECK(reseal(size, 0) == Error::corrupt);
    CHECK(reseal(size, 99) == Error::corrupt);
    CHECK(reseal(size - word_size, static_cast<std::uint16_t>(CommitKind::create_process)) == Error::corrupt);
    CHECK(reseal(size + word_size, static_cast<std::uint16_t>(CommitKind::create_process)) == Error::corrupt);
    write_commit(place, 2, init);
    CHECK(reseal(size, snapshot_kind) == Error::corrupt);
    std::uint64_t applied = 0;
    CHECK(replay(machine.state, log.span().subspan(1), applied).error() == Error::misaligned);
    CHECK(replay(machine.state, {}, applied).error() == Error::corrupt);
    Machine other;
    CHECK(replay(other.state, start.span(), applied).error() == Error::invalid_argument);
}

TEST_CASE("axiom: every commit survives being written down") {
    test::RandomCommits random(test::seed(9));
    test::AxiomModel model(capacity);
    Machine machine(capacity);
    Bytes bytes(most_record_size);
    for (int i = 0; i < 20'000; ++i) {
        const Commit commit = random.next(model);
        if (!apply(machine.state, commit)) continue;
        static_cast<void>(model.apply(commit, machine.state));
        const std::size_t size = write_commit(bytes.span().data(), 5, commit);
        REQUIRE(size <= most_record_size);
        const auto record = open_record(bytes.span().first(size));
        REQUIRE(record);
        const auto again = read_commit(*record);
        REQUIRE(again);
        Bytes second(most_record_size);
        REQUIRE(write_commit(second.span().data(), 5, *again) == size);
        REQUIRE(std::memcmp(second.span().data(), bytes.span().data(), size) == 0);
    }
}
