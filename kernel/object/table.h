// From handles to live objects: the one way in, and the one door through which State is changed.
#pragma once

#include <expected>
#include <optional>

#include "kernel/axiom/commit_log.h"
#include "kernel/object/object.h"

namespace object {

using abi::Error;

/// Makes State, its log, and the table of live objects, of a size that the machine's memory can bear; then
/// the first boot commit. Once; needs memory.
void initialize();

// For this file and its .cpp alone.
extern std::optional<axiom::State> the_state;
extern Object** live_objects; // By index in State.

inline const axiom::State& state() { return *the_state; }

const axiom::CommitLog& commit_log();

/// Changes State, and ends the objects that go with the change. Errors are those of axiom::apply.
std::expected<axiom::Outcome, Error> commit(const axiom::Commit& commit);

/// Makes room for so many more capabilities in a process's table, if its quota allows. Error::limit_reached.
std::expected<void, Error> make_room(axiom::ProcessId holder, std::uint32_t count);

/// Joins a live object to the one that State has at `index`; the table keeps a pin on it.
void bind(Object& object, axiom::ObjectId id, std::uint32_t index);

/// What a handle stands for.
struct Found {
    Object* object = nullptr;
    abi::Rights rights{};
    std::uint64_t badge = 0;
};

/// The live object that is bound at an index of State, or null.
inline Object* at(std::uint32_t index) { return live_objects[index]; }

/// Error::bad_handle, Error::not_permitted where a right is missing. O(1), and short.
inline std::expected<Found, Error> find(axiom::State::Holder holder, abi::Handle handle, abi::Rights rights) {
    const axiom::Held held = state().held(holder, handle);
    if (held.object_index == axiom::Held::nothing) return std::unexpected(Error::bad_handle);
    if (!held.rights.includes(rights)) return std::unexpected(Error::not_permitted);
    Object* const object = at(held.object_index);
    if (!object) return std::unexpected(Error::bad_handle); // Ended, but not yet swept from State.
    return Found{object, held.rights, held.badge};
}

std::expected<Found, Error> find(axiom::ProcessId holder, abi::Handle handle, abi::Rights rights);

/// The live object of the type that is asked for; Error::wrong_type besides. T names its type as
/// T::object_type.
template <class T, class Holder>
std::expected<T*, Error> lookup(Holder holder, abi::Handle handle, abi::Rights rights) {
    const auto found = find(holder, handle, rights);
    if (!found) return std::unexpected(found.error());
    if (found->object->type() != T::object_type) return std::unexpected(Error::wrong_type);
    return static_cast<T*>(found->object);
}

} // namespace object
