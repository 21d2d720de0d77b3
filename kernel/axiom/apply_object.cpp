// Commits that create and destroy objects.
#include "kernel/axiom/apply.h"
#include "kernel/axiom/capability_table.h"
#include "kernel/axiom/capability_tree.h"

namespace axiom::change {
namespace {

/// Processes are objects that come with create_process alone.
bool can_be_created(abi::ObjectType type) { return is_known(type) && type != abi::ObjectType::process; }

/// The next node of an object's to go, so that `last` is the last of them: the newest without a parent that
/// is not `last`, or has children.
std::uint32_t next_to_go(const Tables& tables, std::uint32_t object, std::uint32_t last) {
    const std::uint32_t first = tables.object(object).first;
    const Node& node = tables.node(first);
    return first == last && node.first_child == 0 && node.next != 0 ? node.next : first;
}

} // namespace

Result create_object(Tables& tables, const Commit& commit) {
    const auto owner = running(tables, commit.process);
    if (!owner) return std::unexpected(owner.error());
    if (!can_be_created(commit.type) || !abi::right::all.includes(commit.rights))
        return std::unexpected(Error::invalid_argument);
    if (tables.free_objects.empty()) return std::unexpected(Error::out_of_memory);
    const auto slot = choose_slot(tables, tables.process(*owner), any_slot);
    if (!slot) return std::unexpected(slot.error());
    Result result;
    result->index = add_object(tables, commit.type, commit.detail.size, 0);
    result->object = tables.object(result->index).record.id;
    result->handle = add_capability(
        tables, {.object = result->index, .holder = *owner, .slot = *slot, .rights = commit.rights});
    return result;
}

/// A node with a holder goes as any capability does; what it leaves to hold its children together is then
/// emptied child by child. The caller's own capability goes last, so that the call can be made again. Each
/// turn deletes a capability or takes a node's parent from it, once for each: turns are bounded, too.
Result destroy_object(Tables& tables, const Commit& commit) {
    const auto process = running(tables, commit.process);
    if (!process) return std::unexpected(process.error());
    const auto own = node_of(tables, tables.process(*process), commit.handle);
    if (!own) return std::unexpected(own.error());
    const std::uint32_t object = tables.node(*own).object;
    ObjectRecord& record = tables.object(object).record;
    if (!record.dying) tables.put(record.dying, 1);
    Result result;
    for (std::uint32_t turn = 0; turn < most_per_step; ++turn) {
        const std::uint32_t next = next_to_go(tables, object, *own);
        const Node& node = tables.node(next);
        if ((next == *own || node.holder == 0) && node.first_child != 0)
            detach_child(tables, next);
        else
            drop(tables, next, *result);
        if (result->gone_count > 0) return result;
    }
    result->done = false;
    return result;
}

} // namespace axiom::change
