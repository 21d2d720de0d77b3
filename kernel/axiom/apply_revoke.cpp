// The commit that takes back all that was derived from a capability.
#include "kernel/axiom/apply.h"
#include "kernel/axiom/capability_table.h"
#include "kernel/axiom/capability_tree.h"

namespace axiom::change {

/// Leaves go first, so that whatever is left is still beneath the root, and a revoke that has been
/// interrupted goes on where it was. It ends: while the root is marked nothing is derived beneath it, and
/// moving a capability to another slot does not move it in the tree. Each turn begins above the leaf that
/// went before: so a step goes down at most deepest_derivation nodes, and once more for each that it deletes.
Result revoke_capability(Tables& tables, const Commit& commit) {
    const auto process = running(tables, commit.process);
    if (!process) return std::unexpected(process.error());
    const auto root = node_of(tables, tables.process(*process), commit.handle);
    if (!root) return std::unexpected(root.error());
    Result result;
    // [lab 12: revoke]
    std::uint32_t at = *root;
    for (std::uint32_t turn = 0; turn < most_per_step && tables.node(*root).first_child != 0; ++turn) {
        const std::uint32_t leaf = leaf_beneath(tables, at);
        at = left_above(tables, leaf);
        drop(tables, leaf, *result);
    }
    result->done = tables.node(*root).first_child == 0;
    const std::uint16_t mark = result->done ? 0 : 1;
    if (tables.node(*root).revoking != mark) tables.put(tables.node(*root).revoking, mark);
    return result;
    // [/lab]
}

} // namespace axiom::change
