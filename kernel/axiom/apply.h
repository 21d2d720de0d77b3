// What each kind of commit does, for apply() to choose from. Each first checks all that it needs, and only
// then changes anything: so it is applied whole, or not at all.
#pragma once

#include <expected>

#include "kernel/abi/error.h"
#include "kernel/axiom/tables.h"

namespace axiom::change {

using abi::Error;
using Result = std::expected<Outcome, Error>;

Result boot(Tables& tables);
Result create_process(Tables& tables, const Commit& commit);
Result exit_process(Tables& tables, const Commit& commit);
Result reap_process(Tables& tables, const Commit& commit);

Result grow_table(Tables& tables, const Commit& commit);
Result clear_table(Tables& tables, const Commit& commit);

Result create_object(Tables& tables, const Commit& commit);
Result destroy_object(Tables& tables, const Commit& commit);

Result copy_capability(Tables& tables, const Commit& commit);
Result move_capability(Tables& tables, const Commit& commit);
Result transfer_capabilities(Tables& tables, const Commit& commit);
Result delete_capability(Tables& tables, const Commit& commit);
Result revoke_capability(Tables& tables, const Commit& commit);

Result bind_name(Tables& tables, const Commit& commit);

// What several of them need.

/// Whether the ABI has a type, other than none, or an ending of that number.
bool is_known(abi::ObjectType type);
bool is_known(abi::Ending ending);
/// Whether who sends through a capability for such an object is told by its badge.
bool may_have_badge(abi::ObjectType type);
/// The index of a process that has not ended. Error::not_found, Error::not_running.
std::expected<std::uint32_t, Error> running(const Tables& tables, ProcessId id);
/// The index of one that has. Error::not_found, Error::would_block.
std::expected<std::uint32_t, Error> zombie(const Tables& tables, ProcessId id);
/// A name as State holds it. Error::invalid_argument for what is no name: too long, or with a zero in it.
std::expected<StoredName, Error> stored(const Name& name);
/// Makes an object of that type; the index of its record. There must be room.
std::uint32_t add_object(Tables& tables, abi::ObjectType type, std::uint64_t size, std::uint32_t process);
/// Deletes a capability, and notes in the outcome when its object went with it.
void drop(Tables& tables, std::uint32_t node, Outcome& outcome);

} // namespace axiom::change
