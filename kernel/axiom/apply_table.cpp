// Commits that grow and clear capability tables.
#include "kernel/axiom/apply.h"
#include "kernel/axiom/capability_table.h"

namespace axiom::change {

Result grow_table(Tables& tables, const Commit& commit) {
    const auto index = running(tables, commit.process);
    if (!index) return std::unexpected(index.error());
    Process& process = tables.process(*index);
    if (process.record.capacity >= process.record.quota.slots) return std::unexpected(Error::limit_reached);
    if (tables.free_blocks.empty()) return std::unexpected(Error::out_of_memory);
    add_block(tables, process);
    return Result{};
}

/// Two blocks a step, from the end: the table is cleared when it has no slots any more.
Result clear_table(Tables& tables, const Commit& commit) {
    static_assert(2 * slots_per_block <= most_per_step);
    const auto index = zombie(tables, commit.process);
    if (!index) return std::unexpected(index.error());
    Process& process = tables.process(*index);
    Result result;
    for (int i = 0; i < 2 && process.record.capacity > 0; ++i) {
        const std::uint32_t first = (process.record.capacity - 1) / slots_per_block * slots_per_block;
        for (std::uint32_t slot = first; slot < process.record.capacity; ++slot)
            if (const std::uint32_t node = slot_of(tables, process, slot).node) drop(tables, node, *result);
        remove_block(tables, process);
    }
    result->done = process.record.capacity == 0;
    return result;
}

} // namespace axiom::change
