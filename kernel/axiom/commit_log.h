// The CommitLog in memory: every commit since genesis, or since the snapshot that replaced the older ones.
//
//     half 0:  | snapshot of State at sequence n | record n+1 | … | record m |
//     half 1:  | snapshot of State at sequence m | record m+1 | … | free     |
//
// - A record is the same little-endian bytes on every machine: see record.h.
// - When a half is full a snapshot replaces the other one, which is older. So there is always a half of
//   history, or more, to replay; and replay finds the State that it should have at m.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <span>

#include "kernel/axiom/state.h"
#include "kernel/base/format.h"

namespace axiom {

class CommitLog {
public:
    /// How large a ring must be so that nothing is ever lost, whatever State comes to hold.
    static std::size_t ring_size(Capacity capacity);

    /// Keeps records in `ring` (a whole number of KiB, at least 64, aligned to 8); it must outlive the log.
    CommitLog(std::span<std::byte> ring, const State& state);

    /// Appends one that was applied; makes room by a snapshot when there will be none for the next. Cannot
    /// fail.
    void append(const Commit& commit);

    /// False once a snapshot did not fit into half of the ring: nothing is kept from then on, and read()
    /// gives nothing. A ring of ring_size() never comes to that.
    bool is_whole() const { return whole_; }

    /// Commits since genesis.
    std::uint64_t sequence() const;
    /// Takes the log out as bytes, for replay elsewhere: `out` is called with consecutive pieces.
    void read(void (*out)(void* context, std::span<const std::byte> piece), void* context) const;

private:
    std::span<std::byte> half(unsigned which) const;
    void begin_half(unsigned which);

    std::span<std::byte> ring_;
    const State& state_;
    std::uint64_t sequence_ = 0;
    std::array<std::size_t, 2> used_{}; ///< Of each half, in bytes.
    unsigned current_ = 0;
    bool whole_ = true;
};

/// The capacity that the State of a log had. Error::corrupt, Error::unsupported for a version not known here.
std::expected<Capacity, Error> capacity_of(std::span<const std::byte> log);

/// Rebuilds State, of the log's capacity, from bytes that CommitLog::read gave, aligned to 8. Error::corrupt
/// when a record is damaged or does not fit: `state` is as after the commit whose sequence is `applied`, or
/// empty. Error::misaligned, Error::invalid_argument for another capacity.
std::expected<void, Error> replay(State& state, std::span<const std::byte> log, std::uint64_t& applied);

/// State and its log together: the one door for all changes.
class Axiom {
public:
    Axiom(State& state, CommitLog& log) : state_(state), log_(log) {}

    const State& state() const { return state_; }

    const CommitLog& log() const { return log_; }

    /// Applies the commit, and logs it if it fits. The kernel lock must be held.
    std::expected<Outcome, Error> commit(const Commit& commit);

private:
    State& state_;
    CommitLog& log_;
};

} // namespace axiom
