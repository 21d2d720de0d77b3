// A State in memory of its own, and short ways to change it and look at it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string>
#include <vector>

#include "kernel/axiom/commit_log.h"
#include "kernel/axiom/state.h"

namespace axiom {

/// What only tests may see: how State lies in its tables.
class Inspector {
public:
    static const Tables& tables(const State& state) { return state.tables_; }

    static Tables& tables(State& state) { return state.tables_; }
};

} // namespace axiom

namespace test {

/// Bytes aligned to 16, filled with what nobody expects.
class Bytes {
public:
    explicit Bytes(std::size_t size) : words_((size + 15) / 16 * 2, 0xa5a5'a5a5'a5a5'a5a5), size_(size) {}

    std::span<std::byte> span() { return std::as_writable_bytes(std::span(words_)).first(size_); }

    std::span<const std::byte> span() const { return std::as_bytes(std::span(words_)).first(size_); }

private:
    std::vector<std::uint64_t> words_;
    std::size_t size_;
};

inline constexpr axiom::Capacity small{.processes = 8, .objects = 48, .slots = 256};

class Machine {
public:
    explicit Machine(axiom::Capacity capacity = small)
        : arena_(axiom::State::arena_size(capacity)), state(arena_.span(), capacity) {}

    using Place = std::source_location;

    /// Applies what must fit. A failure tells from where.
    axiom::Outcome operator()(const axiom::Commit& commit, Place where = Place::current());

    /// Applies what must not; nothing may have changed.
    axiom::Error refused(const axiom::Commit& commit, Place where = Place::current());

    /// All bytes of the arena, those that only follow from the truth included.
    std::vector<std::byte> bytes() const;

    /// The first process.
    axiom::ProcessId start(axiom::Quota quota = {.slots = 64, .processes = 32});

    /// A child of `parent`.
    axiom::ProcessId spawn(axiom::ProcessId parent, axiom::Quota quota = {.slots = 64, .processes = 32});

    /// Ends one, clears its table, and reaps it.
    void bury(axiom::ProcessId process);

private:
    Bytes arena_;

public:
    axiom::State state;
};

/// What a log gives to be read.
Bytes read(const axiom::CommitLog& log);

/// The node of the capability that one was derived from, or 0: nodes without a holder are looked through.
std::uint32_t parent_of(const axiom::State& state, axiom::ProcessId holder, abi::Handle handle);
/// The node of a capability.
std::uint32_t node_of(const axiom::State& state, axiom::ProcessId holder, abi::Handle handle);

inline constexpr axiom::ProcessId init{1}, nobody{77};
inline constexpr abi::Rights reading = abi::right::read, writing = abi::right::write;
inline constexpr axiom::Quota usual{.slots = 64, .processes = 32};

/// A memory object of a process's.
abi::Handle memory(Machine& machine, axiom::ProcessId process, abi::Rights rights = abi::right::all);

/// Fills a table's last free slot, and then all others.
void fill(Machine& machine, axiom::ProcessId process);

} // namespace test
