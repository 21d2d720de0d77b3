// Commits that copy, move and delete capabilities.
#include "kernel/axiom/apply.h"
#include "kernel/axiom/capability_table.h"

namespace axiom::change {
namespace {

/// A capability and the table that it, or what is derived from it, is to go to.
struct Transfer {
    std::uint32_t node = 0;
    std::uint32_t to = 0;
    std::uint32_t slot = 0;
};

/// Nothing more is derived from what is being destroyed; what goes to another process must have the right to.
std::expected<Transfer, Error> check_transfer(const Tables& tables, const Commit& commit,
                                              std::uint32_t slot) {
    const auto from = running(tables, commit.process);
    if (!from) return std::unexpected(from.error());
    const auto to = running(tables, commit.to);
    if (!to) return std::unexpected(to.error());
    const auto index = node_of(tables, tables.process(*from), commit.handle);
    if (!index) return std::unexpected(index.error());
    const Node& node = tables.node(*index);
    if (tables.object(node.object).record.dying) return std::unexpected(Error::gone);
    if (*from != *to && !node.rights.includes(abi::right::grant))
        return std::unexpected(Error::not_permitted);
    const auto place = choose_slot(tables, tables.process(*to), slot);
    if (!place) return std::unexpected(place.error());
    return Transfer{*index, *to, *place};
}

} // namespace

Result copy_capability(Tables& tables, const Commit& commit) {
    const auto transfer = check_transfer(tables, commit, commit.slot);
    if (!transfer) return std::unexpected(transfer.error());
    const Node& source = tables.node(transfer->node);
    if (!source.rights.includes(commit.rights)) return std::unexpected(Error::not_permitted);
    Result result;
    result->handle = add_capability(tables, {.object = source.object,
                                             .holder = transfer->to,
                                             .slot = transfer->slot,
                                             .rights = commit.rights,
                                             .type = source.type,
                                             .parent = transfer->node});
    return result;
}

Result move_capability(Tables& tables, const Commit& commit) {
    const auto transfer = check_transfer(tables, commit, any_slot);
    if (!transfer) return std::unexpected(transfer.error());
    Result result;
    result->handle = carry_capability(tables, transfer->node, transfer->to, transfer->slot);
    return result;
}

Result delete_capability(Tables& tables, const Commit& commit) {
    const auto process = running(tables, commit.process);
    if (!process) return std::unexpected(process.error());
    const auto node = node_of(tables, tables.process(*process), commit.handle);
    if (!node) return std::unexpected(node.error());
    Result result;
    drop(tables, *node, *result);
    return result;
}

} // namespace axiom::change
