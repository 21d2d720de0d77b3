// The ring of two halves.
#include "kernel/axiom/commit_log.h"

#include <algorithm>

#include "kernel/axiom/record.h"
#include "kernel/axiom/snapshot.h"

namespace axiom {

/// Each half has room for the largest snapshot and as much again: so snapshots stay few.
std::size_t CommitLog::ring_size(Capacity capacity) {
    constexpr std::size_t kib = 1024;
    const std::size_t bytes = 4 * Snapshot::largest(capacity) + 2 * most_record_size;
    return std::max((bytes + kib - 1) / kib * kib, 64 * kib);
}

CommitLog::CommitLog(std::span<std::byte> ring, const State& state) : ring_(ring), state_(state) {
    begin_half(0);
}

std::span<std::byte> CommitLog::half(unsigned which) const {
    const std::size_t size = ring_.size() / 2 / word_size * word_size;
    return ring_.subspan(which * size, size);
}

/// After it there is room for at least one record.
void CommitLog::begin_half(unsigned which) {
    const auto bytes = half(which);
    const auto written =
        bytes.size() < most_record_size
            ? std::unexpected(Error::too_large)
            : Snapshot::write(state_, sequence_, bytes.first(bytes.size() - most_record_size));
    whole_ = written.has_value();
    current_ = which;
    used_[which] = written.value_or(0);
}

void CommitLog::append(const Commit& commit) {
    ++sequence_;
    if (!whole_) return;
    const auto bytes = half(current_);
    std::size_t& used = used_[current_];
    used += write_commit(&bytes[used], sequence_, commit);
    if (bytes.size() - used < most_record_size) begin_half(1 - current_);
}

std::uint64_t CommitLog::sequence() const { return sequence_; }

void CommitLog::read(void (*out)(void* context, std::span<const std::byte> piece), void* context) const {
    if (!whole_) return;
    for (const unsigned which : {1 - current_, current_})
        if (used_[which] > 0) out(context, half(which).first(used_[which]));
}

std::expected<Outcome, Error> Axiom::commit(const Commit& commit) {
    auto outcome = apply(state_, commit);
    if (outcome) log_.append(commit);
    return outcome;
}

} // namespace axiom
