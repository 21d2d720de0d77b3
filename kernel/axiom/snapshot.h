// Snapshots: all of State's truth as a record, from which a State of the same capacity goes on as if nothing
// had been. The body, in words:
//
//     version | processes       capacity
//     objects | slots
//     digest
//     runs of words that are not 0, in order:   first place | count,  then so many words
#pragma once

#include <cstdint>
#include <expected>
#include <span>

#include "kernel/axiom/record.h"
#include "kernel/axiom/state.h"

namespace axiom {

class Snapshot {
public:
    static constexpr std::uint32_t version = 2;

    /// The most that a snapshot of a State of that capacity can take.
    static std::size_t largest(Capacity capacity);

    /// Writes the record to `out`, aligned to 8; gives how many bytes it took. Error::too_large, with nothing
    /// promised of `out`, when it does not fit.
    static std::expected<std::size_t, Error> write(const State& state, std::uint64_t sequence,
                                                   std::span<std::byte> out);

    /// Of which capacity the State was. Error::corrupt for another record, Error::unsupported for a version
    /// that is not known here.
    static std::expected<Capacity, Error> capacity(const Record& record);
    /// The digest that the State had; of a record whose capacity could be read.
    static std::uint64_t digest(const Record& record);

    /// Makes `state` the one that was written. Error::invalid_argument when it is of another capacity;
    /// Error::corrupt when no commits could have led to it: `state` is empty then.
    static std::expected<void, Error> restore(State& state, const Record& record);
};

} // namespace axiom
