// Filling and emptying slots.
#include "kernel/axiom/capability_table.h"

#include <algorithm>
#include <bit>

#include "kernel/axiom/capability_tree.h"

namespace axiom {
namespace {

std::uint32_t block_of(const Process& process, std::uint32_t slot) {
    return process.blocks[slot / slots_per_block];
}

std::uint16_t bit_of(std::uint32_t slot) { return static_cast<std::uint16_t>(1u << slot % slots_per_block); }

std::uint32_t lowest_bit(std::uint64_t word) { return static_cast<std::uint32_t>(std::countr_zero(word)); }

/// Says whether any_slot may take that slot.
void set_room(Tables& tables, Process& process, std::uint32_t slot, bool free) {
    if (slot < abi::standard_handles) return;
    std::uint16_t& room = tables.room(block_of(process, slot));
    const bool had = room != 0;
    room = static_cast<std::uint16_t>(free ? room | bit_of(slot) : room & ~bit_of(slot));
    if (had != (room != 0))
        tables.put(process.rooms, process.rooms ^ std::uint64_t{1} << slot / slots_per_block);
}

abi::Handle fill_slot(Tables& tables, std::uint32_t holder, std::uint32_t number, std::uint32_t node) {
    Process& process = tables.process(holder);
    Slot& slot = slot_of(tables, process, number);
    // [lab 12: fill a slot]
    tables.put(slot, {node, slot.generation + 1});
    // [/lab]
    set_room(tables, process, number, false);
    const Tables::Edit edit(tables, process.record.slots_in_use);
    ++process.record.slots_in_use;
    if (number >= abi::standard_handles) --process.record.free_slots;
    return {number, slot.generation};
}

void empty_slot(Tables& tables, std::uint32_t holder, std::uint32_t number) {
    Process& process = tables.process(holder);
    Slot& slot = slot_of(tables, process, number);
    tables.put(slot.node, 0);
    const bool again = slot.generation != last_generation;
    if (again) set_room(tables, process, number, true);
    const Tables::Edit edit(tables, process.record.slots_in_use);
    --process.record.slots_in_use;
    if (again && number >= abi::standard_handles) ++process.record.free_slots;
}

/// An object whose last capability is gone. Its tree is empty then: a node without a holder has children.
void remove_object(Tables& tables, std::uint32_t index) {
    ObjectEntry& object = tables.object(index);
    if (object.process) {
        ProcessRecord& process = tables.process(object.process).record;
        tables.put(process.object, {});
        tables.put(process.object_index, 0);
    }
    tables.clear(object);
    tables.free_objects.insert(index);
    --tables.totals().objects;
}

} // namespace

std::expected<std::uint32_t, Error> node_of(const Tables& tables, const Process& process,
                                            abi::Handle handle) {
    const std::uint32_t node = find_node(tables, process, handle);
    if (node == 0) return std::unexpected(Error::bad_handle);
    return node;
}

std::expected<std::uint32_t, Error> choose_slot(const Tables& tables, const Process& process,
                                                std::uint32_t slot) {
    // [lab 12: fill a slot]
    if (slot == any_slot) {
        if (process.rooms == 0) return std::unexpected(Error::limit_reached);
        const std::uint32_t block = lowest_bit(process.rooms);
        return block * slots_per_block + lowest_bit(tables.room(process.blocks[block]));
    }
    if (slot >= process.record.capacity) return std::unexpected(Error::limit_reached);
    const Slot& place = slot_of(tables, process, slot);
    if (place.node != 0 || place.generation == last_generation) return std::unexpected(Error::occupied);
    return slot;
    // [/lab]
}

abi::Handle add_capability(Tables& tables, const Node& node, std::uint64_t badge) {
    ObjectRecord& object = tables.object(node.object).record;
    tables.put(object.capabilities, object.capabilities + 1);
    ++tables.totals().capabilities;
    return fill_slot(tables, node.holder, node.slot, plant(tables, node, badge));
}

bool drop_capability(Tables& tables, std::uint32_t index) {
    const Node node = tables.node(index);
    empty_slot(tables, node.holder, node.slot);
    uproot(tables, index);
    --tables.totals().capabilities;
    ObjectRecord& object = tables.object(node.object).record;
    tables.put(object.capabilities, object.capabilities - 1);
    if (object.capabilities > 0) return false;
    remove_object(tables, node.object);
    return true;
}

abi::Handle carry_capability(Tables& tables, std::uint32_t index, std::uint32_t holder, std::uint32_t slot) {
    Node& node = tables.node(index);
    empty_slot(tables, node.holder, node.slot);
    tables.put(node.holder, holder);
    tables.put(node.slot, slot);
    return fill_slot(tables, holder, slot, index);
}

std::uint16_t slots_in_block(std::uint32_t number, std::uint32_t capacity) {
    const std::uint32_t before = number * slots_per_block;
    if (capacity <= before) return 0;
    return static_cast<std::uint16_t>((1u << std::min(capacity - before, slots_per_block)) - 1);
}

void add_block(Tables& tables, Process& process) {
    ProcessRecord& record = process.record;
    const std::uint32_t block = tables.free_blocks.first();
    const std::uint32_t number = record.capacity / slots_per_block;
    const std::uint32_t capacity = std::min(record.capacity + slots_per_block, record.quota.slots);
    tables.free_blocks.erase(block);
    tables.put(process.blocks[number], static_cast<std::uint16_t>(block));
    std::uint16_t room = slots_in_block(number, capacity);
    if (number == 0) room = static_cast<std::uint16_t>(room & ~((1u << abi::standard_handles) - 1));
    tables.room(block) = room;
    if (room) tables.put(process.rooms, process.rooms | std::uint64_t{1} << number);
    const std::uint32_t standard = number == 0 ? abi::standard_handles : 0;
    tables.put(record.free_slots, record.free_slots + (capacity - record.capacity) - standard);
    tables.put(record.capacity, capacity);
}

void remove_block(Tables& tables, Process& process) {
    ProcessRecord& record = process.record;
    const std::uint32_t number = (record.capacity - 1) / slots_per_block;
    const std::uint32_t block = process.blocks[number];
    for (std::uint32_t i = 0; i < slots_per_block; ++i)
        if (Slot& slot = tables.slot(block * slots_per_block + i); slot.generation != 0) tables.clear(slot);
    std::uint32_t free = 0;
    for (std::uint32_t i = 0; i < slots_per_block; ++i) free += tables.room(block) >> i & 1;
    tables.room(block) = 0;
    tables.put(process.rooms, process.rooms & ~(std::uint64_t{1} << number));
    tables.put(process.blocks[number], 0);
    tables.put(record.free_slots, record.free_slots - free);
    tables.put(record.capacity, number * slots_per_block);
    tables.free_blocks.insert(block);
}

} // namespace axiom
