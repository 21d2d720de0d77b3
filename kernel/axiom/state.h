// State: what is true of the system, as plain values. Only apply() changes it.
//
//     processes   id, parent, name, running or zombie    one table each, of fixed capacity, in an arena
//     objects     id, type, size, how many capabilities  that is handed over; records hold indices,
//     slots       capability tables, in blocks of slots  never pointers
//     nodes       capabilities, and what each is derived from
//
// - The same commits give the same bytes on every machine: where a record goes is computed from State alone.
// - A capability knows its parent (what it was derived from), its first child and its siblings, across
//   tables: see capability_tree.h.
// - An object exists as long as a capability for it does. Ids are never reused; slots and indices are.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "kernel/abi/error.h"
#include "kernel/axiom/capability_table.h"
#include "kernel/axiom/commit.h"
#include "kernel/axiom/tables.h"

namespace axiom {

using abi::Error;

class State {
public:
    /// How many bytes of arena a capacity takes.
    static std::size_t arena_size(Capacity capacity);
    /// An empty State in `arena`, which must be aligned to 16 and outlive it; its bytes are the State's own.
    State(std::span<std::byte> arena, Capacity capacity);
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    /// A capability by its holder's handle, in O(1). Error::bad_handle for one that is not, or no longer,
    /// valid.
    std::expected<Capability, Error> capability(ProcessId holder, abi::Handle handle) const;

    /// Where a process's capabilities are: stays the same until it is reaped.
    using Holder = const Process*;

    /// Null when there is no such process.
    Holder holder(ProcessId id) const {
        const std::uint32_t index = tables_.find(id);
        return index ? &tables_.process(index) : nullptr;
    }

    /// Of a capability what most system calls need. Short, and inline for that.
    Held held(Holder holder, abi::Handle handle) const {
        const std::uint32_t index = find_node(tables_, *holder, handle);
        if (index == 0) return {};
        const Node& node = tables_.node(index);
        return {node.object, node.rights, tables_.badge(index)};
    }

    /// What a capability was derived from, in a few steps. Error::not_found when from none.
    std::expected<Capability, Error> source(const Capability& capability) const;
    /// Null when there is none of that id, or no longer. O(1) on average.
    const ProcessRecord* process(ProcessId id) const;
    /// The object at an index, or null.
    const ObjectRecord* object(std::uint32_t index) const;
    /// What a name was bound to. Error::not_found.
    std::expected<abi::Handle, Error> named(ProcessId process, std::string_view name) const;
    /// The name that a handle was bound to first, of those that are left; nothing when there is none. Lasts
    /// as long as State does not change.
    std::string_view name_of(ProcessId process, abi::Handle handle) const;
    /// The first process with an id above `after`, in the order of ids; null behind the last.
    const ProcessRecord* next_process(ProcessId after) const;
    /// The first capability in a slot from `slot` on; nothing behind the last.
    std::expected<Capability, Error> next_capability(ProcessId holder, std::uint32_t slot) const;
    /// Some capability of an object. Error::not_found when there is no such object.
    std::expected<Capability, Error> first_capability(std::uint32_t object) const;
    /// Free slots left in a process's table before grow_table is needed.
    std::uint32_t free_slots(ProcessId process) const;

    std::uint32_t epoch() const;
    std::uint32_t process_count() const;
    std::uint32_t object_count() const;
    std::uint32_t capability_count() const;
    std::uint32_t object_capacity() const;

    /// The sum of its entries' hashes, kept up to date by apply(): equal States have equal digests, on every
    /// machine.
    std::uint64_t digest() const;
    /// The same, computed from all entries anew: for tests.
    std::uint64_t compute_digest() const;

    Capacity capacity() const;
    /// All that is true, as bytes: the same on every machine, and equal if and only if the States are.
    std::span<const std::byte> bytes() const;

private:
    friend std::expected<Outcome, Error> apply(State& state, const Commit& commit);
    friend class Snapshot;
    friend class Inspector;
    Tables tables_;
};

/// The only way to change State. Pure and total: whatever the commit, it either fits, and is applied whole,
/// or it is an Error and State is as before. Allocates nothing.
std::expected<Outcome, Error> apply(State& state, const Commit& commit);

} // namespace axiom
