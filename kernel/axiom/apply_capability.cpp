// Commits that copy, move and delete capabilities.
#include <memory>

#include "kernel/axiom/apply.h"
#include "kernel/axiom/capability_table.h"
#include "kernel/axiom/capability_tree.h"

namespace axiom::change {
namespace {

/// A capability, and the table that it, or what is derived from it, is to go to.
struct Transfer {
    std::uint32_t node = 0;
    std::uint32_t to = 0;
};

/// Nothing goes anywhere that is being destroyed; what goes to another process must have the right to.
std::expected<Transfer, Error> check_transfer(const Tables& tables, ProcessId holder, abi::Handle handle,
                                              ProcessId receiver) {
    const auto from = running(tables, holder);
    if (!from) return std::unexpected(from.error());
    const auto to = running(tables, receiver);
    if (!to) return std::unexpected(to.error());
    const auto index = node_of(tables, tables.process(*from), handle);
    if (!index) return std::unexpected(index.error());
    const Node& node = tables.node(*index);
    if (tables.object(node.object).record.dying) return std::unexpected(Error::gone);
    if (*from != *to && !node.rights.includes(abi::right::grant))
        return std::unexpected(Error::not_permitted);
    return Transfer{*index, *to};
}

/// Rights only shrink.
std::expected<void, Error> check_derivation(const Tables& tables, std::uint32_t source, abi::Rights rights) {
    // [lab 12: derive]
    if (!tables.node(source).rights.includes(rights)) return std::unexpected(Error::not_permitted);
    return may_derive(tables, source);
    // [/lab]
}

/// A badge is set once, by whoever has the object without one.
std::expected<std::uint64_t, Error> badge_of_copy(const Tables& tables, std::uint32_t source,
                                                  std::uint64_t badge) {
    // [lab 12: derive]
    if (badge == 0) return tables.badge(source);
    const abi::ObjectType type = tables.object(tables.node(source).object).record.type;
    if (!may_have_badge(type)) return std::unexpected(Error::invalid_argument);
    if (tables.badge(source) != 0) return std::unexpected(Error::not_permitted);
    return badge;
    // [/lab]
}

} // namespace

Result copy_capability(Tables& tables, const Commit& commit) {
    const auto transfer = check_transfer(tables, commit.process, commit.handle, commit.to);
    if (!transfer) return std::unexpected(transfer.error());
    if (const auto fine = check_derivation(tables, transfer->node, commit.rights); !fine)
        return std::unexpected(fine.error());
    const auto badge = badge_of_copy(tables, transfer->node, commit.detail.badge);
    if (!badge) return std::unexpected(badge.error());
    const auto slot = choose_slot(tables, tables.process(transfer->to), commit.slot);
    if (!slot) return std::unexpected(slot.error());
    Result result;
    result->handle = add_capability(tables,
                                    {.object = tables.node(transfer->node).object,
                                     .holder = transfer->to,
                                     .slot = *slot,
                                     .rights = commit.rights,
                                     .parent = transfer->node},
                                    *badge);
    return result;
}

/// Room for all is looked for last, and without growing the table: whoever wants that has made it before.
Result transfer_capabilities(Tables& tables, const Commit& commit) {
    if (commit.count == 0 || commit.count > abi::most_transferred)
        return std::unexpected(Error::invalid_argument);
    std::array<std::uint32_t, abi::most_transferred> sources;
    std::uint32_t to = 0;
    for (std::uint32_t i = 0; i < commit.count; ++i) {
        const Given given = commit.detail.batch[i];
        const auto transfer = check_transfer(tables, commit.process, given.handle, commit.to);
        if (!transfer) return std::unexpected(transfer.error());
        if (const auto fine = check_derivation(tables, transfer->node, given.rights | abi::right::grant);
            !fine)
            return std::unexpected(fine.error());
        sources[i] = transfer->node;
        to = transfer->to;
    }
    if (tables.process(to).record.free_slots < commit.count) return std::unexpected(Error::limit_reached);
    Result result;
    std::construct_at(&result->handles);
    for (std::uint32_t i = 0; i < commit.count; ++i)
        result->handles[i] = add_capability(tables,
                                            {.object = tables.node(sources[i]).object,
                                             .holder = to,
                                             .slot = *choose_slot(tables, tables.process(to), any_slot),
                                             .rights = commit.detail.batch[i].rights,
                                             .parent = sources[i]},
                                            tables.badge(sources[i]));
    return result;
}

/// What is beneath a capability that is being revoked may move, for its place in the tree stays the same; the
/// one that is revoked may not, so that whoever revokes it finds it again.
Result move_capability(Tables& tables, const Commit& commit) {
    const auto transfer = check_transfer(tables, commit.process, commit.handle, commit.to);
    if (!transfer) return std::unexpected(transfer.error());
    if (tables.node(transfer->node).revoking) return std::unexpected(Error::gone);
    const auto slot = choose_slot(tables, tables.process(transfer->to), commit.slot);
    if (!slot) return std::unexpected(slot.error());
    Result result;
    result->handle = carry_capability(tables, transfer->node, transfer->to, *slot);
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
