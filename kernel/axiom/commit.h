// A commit: one change of State, as a value. Whoever wants State changed makes one of these; apply() decides.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernel/abi/handle.h"
#include "kernel/abi/message.h"
#include "kernel/abi/object.h"
#include "kernel/abi/process.h"
#include "kernel/base/text.h"

namespace axiom {

/// Names an object for ever: never used again. 0 names none.
struct ObjectId {
    std::uint64_t value = 0;

    constexpr auto operator<=>(const ObjectId&) const = default;

    constexpr explicit operator bool() const { return value != 0; }
};

/// Names a process for ever, for people and programs. 0 names none; init is 1.
struct ProcessId {
    std::uint32_t value = 0;

    constexpr auto operator<=>(const ProcessId&) const = default;

    constexpr explicit operator bool() const { return value != 0; }
};

using Name = base::Text<abi::name_length>;

/// How much of State a process may take up, itself and its descendants not counted together: each has its
/// own.
struct Quota {
    std::uint32_t slots = 64;     ///< Of its capability table.
    std::uint32_t processes = 32; ///< Children alive at a time, and theirs.

    constexpr bool operator==(const Quota&) const = default;
};

enum class CommitKind : std::uint16_t {
    boot = 1,       ///< A new epoch: the processes and objects of the one before are gone.
    create_process, ///< process: the parent (0 for init); name; quota. A record, its object, and a capability
                    ///< with all rights for it in the parent's table.
    create_object,  ///< process, type, size, rights: an object, and a capability for it in that table.
    copy_capability, ///< process, handle, to, rights, badge, slot: a child of that capability in the table of
                     ///< `to`, with rights that are a part of its; `slot` says which, or any_slot for the
                     ///< first free. Badge 0 is the source's; another one is set once, of an endpoint or
                     ///< notification.
    move_capability, ///< process, handle, to, slot: the same capability, in another slot or table.
    delete_capability, ///< process, handle: its children become its parent's; the object goes with its last
                       ///< one.
    destroy_object,    ///< process, handle: all capabilities of the object go, in all tables, and the object.
                       ///< At most most_per_step of them; the outcome says when it is done.
    grow_table,        ///< process: one more block of slots, up to its quota.
    exit_process,      ///< process, ending, code: it is a zombie, and its table is cleared by clear_table.
    clear_table,       ///< process, a zombie: at most most_per_step of its capabilities are deleted.
    reap_process,      ///< process, a zombie with an empty table, no children and an object that is gone.
    bind_name,         ///< process, name, handle: open() finds it.
    transfer_capabilities, ///< process, to, count, batch: a child of each of these capabilities, all of which
                           ///< may be granted, in the table of `to`; or of none.
    revoke_capability,     ///< process, handle: what is derived from it goes, in all tables, leaves first. At
                           ///< most most_per_step of them; until the outcome says that it is done nothing
                           ///< more is derived.
};

/// Deletes at most so many capabilities in one commit, so that no step takes long.
inline constexpr std::uint32_t most_per_step = 32;
inline constexpr std::uint32_t any_slot = 0xffff'ffff;

/// What of a capability is given to another process.
struct Given {
    abi::Handle handle{};
    abi::Rights rights{};
};

/// All that goes in one transfer_capabilities, packed.
struct Batch {
    std::array<std::uint64_t, abi::most_transferred> handles; ///< As abi::to_word() makes them.
    std::array<std::uint16_t, abi::most_transferred> rights;

    Given operator[](std::uint32_t i) const { return {abi::to_handle(handles[i]), {rights[i]}}; }
};

/// What few kinds have, and none has both: for all of a commit is zeroed each time that one is made.
union Detail {
    Name name{};
    Batch batch;
    std::uint64_t size;  ///< Of create_object.
    std::uint64_t badge; ///< Of copy_capability.
};

/// A commit. Only the fields that its kind names are used; the others are zero.
struct Commit {
    CommitKind kind{};
    abi::ObjectType type{};
    abi::Rights rights{};
    abi::Ending ending{};
    ProcessId process{};
    ProcessId to{};
    abi::Handle handle{};
    std::uint32_t slot = 0;
    std::uint32_t count = 0;
    std::int64_t code = 0;
    Quota quota{};

    Detail detail{};
};

/// What a commit brought about: numbers that apply() computed from State alone.
struct Outcome {
    ProcessId process{};     ///< Of create_process.
    ObjectId object{};       ///< Of create_process and create_object.
    std::uint32_t index = 0; ///< Where that object stands: see State::object_capacity().
    abi::Handle handle{};    ///< Of the capability that was made or moved.
    bool done = true; ///< Of destroy_object, revoke_capability and clear_table: nothing is left to delete.

    /// An object that went with its last capability: whoever binds live objects ends it.
    struct Gone {
        std::uint64_t object; ///< Its id's value.
        std::uint32_t index;
    };

    Outcome() {
    } // Leaves what is in the union as it is: most commits have none, and zeros for all would cost more.

    std::uint32_t gone_count = 0;

    union {
        std::array<Gone, most_per_step> gone;                   ///< Only so many as gone_count says are set.
        std::array<abi::Handle, abi::most_transferred> handles; ///< Of transfer_capabilities, in order.
    };
};

// The ways to write one down.

Commit boot();
Commit create_process(ProcessId parent, std::string_view name, Quota quota);
Commit create_object(ProcessId owner, abi::ObjectType type, std::uint64_t size, abi::Rights rights);
Commit copy_capability(ProcessId from, abi::Handle handle, ProcessId to, abi::Rights rights,
                       std::uint32_t slot = any_slot, std::uint64_t badge = 0);
Commit transfer_capabilities(ProcessId from, ProcessId to, std::span<const Given> given);
Commit move_capability(ProcessId from, abi::Handle handle, ProcessId to, std::uint32_t slot = any_slot);
Commit revoke_capability(ProcessId process, abi::Handle handle);
Commit delete_capability(ProcessId process, abi::Handle handle);
Commit destroy_object(ProcessId process, abi::Handle handle);
Commit grow_table(ProcessId process);
Commit exit_process(ProcessId process, abi::Ending ending, std::int64_t code);
Commit clear_table(ProcessId process);
Commit reap_process(ProcessId process);
Commit bind_name(ProcessId process, std::string_view name, abi::Handle handle);

} // namespace axiom
