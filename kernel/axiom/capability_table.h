// Capability tables: a process's slots, in blocks from a pool, and what fills and empties them.
//
//     process ─blocks─> [0] [1] [2] …          slot 37 is slot 5 of the table's third block
//                        │
//                        16 slots: node, generation
//
// - The standard slots, 0 to 3, are filled only when they are asked for by number.
// - A slot's generation counts how often it was filled; one that has reached the last is not filled again.
#pragma once

#include <expected>

#include "kernel/abi/error.h"
#include "kernel/axiom/tables.h"

namespace axiom {

using abi::Error;

/// Where in the table of all slots one of a process's is; `slot` must be below its capacity.
inline std::uint32_t place_of(const Process& process, std::uint32_t slot) {
    return process.blocks[slot / slots_per_block] * slots_per_block + slot % slots_per_block;
}

/// The slot of a process's table; as above.
inline Slot& slot_of(Tables& tables, const Process& process, std::uint32_t slot) {
    return tables.slot(place_of(process, slot));
}

inline const Slot& slot_of(const Tables& tables, const Process& process, std::uint32_t slot) {
    return tables.slot(place_of(process, slot));
}

/// The capability that a handle names, by the index of its node; 0 for none. Short, and inline for that.
inline std::uint32_t find_node(const Tables& tables, const Process& process, abi::Handle handle) {
    if (handle.slot >= process.record.capacity) return 0;
    const Slot& slot = slot_of(tables, process, handle.slot);
    return slot.generation == handle.generation ? slot.node : 0;
}

/// The same. Error::bad_handle.
std::expected<std::uint32_t, Error> node_of(const Tables& tables, const Process& process, abi::Handle handle);

/// Whether that slot, or with any_slot some slot, can be filled, and which one. Error::occupied,
/// Error::limit_reached.
std::expected<std::uint32_t, Error> choose_slot(const Tables& tables, const Process& process,
                                                std::uint32_t slot);

/// Puts a capability into a slot that choose_slot chose, and derives it from node.parent.
abi::Handle add_capability(Tables& tables, const Node& node, std::uint64_t badge = 0);

/// Deletes a capability: frees its slot, gives its children to its parent. True when it was its object's last
/// one: the object is gone with it.
bool drop_capability(Tables& tables, std::uint32_t node);

/// Moves one to a slot that choose_slot chose.
abi::Handle carry_capability(Tables& tables, std::uint32_t node, std::uint32_t holder, std::uint32_t slot);

/// Adds a block, which there must be, to a table that its quota lets grow.
void add_block(Tables& tables, Process& process);

/// Takes the last block, which must be empty, from a table.
void remove_block(Tables& tables, Process& process);

/// Which slots of the table's block number `number` exist: a bit each, by number in the block.
std::uint16_t slots_in_block(std::uint32_t number, std::uint32_t capacity);

} // namespace axiom
