// Rebuilding State from a log.
#include "kernel/axiom/commit_log.h"
#include "kernel/axiom/record.h"
#include "kernel/axiom/snapshot.h"

namespace axiom {
namespace {

bool is_aligned(std::span<const std::byte> log) {
    return reinterpret_cast<std::uintptr_t>(log.data()) % word_size == 0;
}

/// Snapshots in the middle of a log must be of the State that replay has come to.
std::expected<void, Error> replay_record(State& state, const Record& record, std::uint64_t& applied) {
    if (record.kind == snapshot_kind) {
        const bool same = Snapshot::capacity(record) && Snapshot::digest(record) == state.digest();
        if (!same || record.sequence != applied) return std::unexpected(Error::corrupt);
        return {};
    }
    const auto commit = read_commit(record);
    if (!commit || record.sequence != applied + 1 || !apply(state, *commit))
        return std::unexpected(Error::corrupt);
    ++applied;
    return {};
}

} // namespace

std::expected<Capacity, Error> capacity_of(std::span<const std::byte> log) {
    if (!is_aligned(log)) return std::unexpected(Error::misaligned);
    const auto first = open_record(log);
    if (!first) return std::unexpected(first.error());
    return Snapshot::capacity(*first);
}

std::expected<void, Error> replay(State& state, std::span<const std::byte> log, std::uint64_t& applied) {
    applied = 0;
    if (!is_aligned(log)) return std::unexpected(Error::misaligned);
    const auto first = open_record(log);
    if (!first) return std::unexpected(first.error());
    if (const auto restored = Snapshot::restore(state, *first); !restored)
        return std::unexpected(restored.error());
    applied = first->sequence;
    for (log = log.subspan(first->size); !log.empty();) {
        const auto record = open_record(log);
        if (!record) return std::unexpected(record.error());
        if (const auto replayed = replay_record(state, *record, applied); !replayed) return replayed;
        log = log.subspan(record->size);
    }
    return {};
}

} // namespace axiom
