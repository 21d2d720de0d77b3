// Commits about whole processes: they begin, end and are forgotten.
#include "kernel/axiom/apply.h"
#include "kernel/axiom/capability_table.h"

namespace axiom::change {
namespace {

constexpr abi::Rights all_but_grant{abi::right::all.bits & ~abi::right::grant.bits};

/// Each ancestor's quota counts all its descendants that have not been reaped; there are at most `deepest`.
bool quotas_allow_one_more(const Tables& tables, std::uint32_t parent) {
    for (std::uint32_t i = parent; i != 0; i = tables.process(i).parent)
        if (tables.process(i).descendants >= tables.process(i).record.quota.processes) return false;
    return true;
}

void count_descendant(Tables& tables, std::uint32_t parent, std::int32_t change) {
    if (parent == 0) return;
    Process& process = tables.process(parent);
    tables.put(process.record.children, process.record.children + static_cast<std::uint32_t>(change));
    for (std::uint32_t i = parent; i != 0; i = tables.process(i).parent)
        tables.put(tables.process(i).descendants,
                   tables.process(i).descendants + static_cast<std::uint32_t>(change));
}

/// What the parent's record and table must allow; the slot for its capability.
std::expected<std::uint32_t, Error> check_parent(const Tables& tables, std::uint32_t parent,
                                                 const Quota& quota) {
    const Process& process = tables.process(parent);
    const Quota& own = process.record.quota;
    if (process.depth >= deepest || quota.slots > own.slots || quota.processes > own.processes ||
        !quotas_allow_one_more(tables, parent))
        return std::unexpected(Error::limit_reached);
    return choose_slot(tables, process, any_slot);
}

std::expected<void, Error> check_room(const Tables& tables) {
    if (tables.free_processes.empty() || tables.free_objects.empty() || tables.free_blocks.empty())
        return std::unexpected(Error::out_of_memory);
    if (tables.globals().last_process == 0xffff'ffff) return std::unexpected(Error::limit_reached);
    return {};
}

/// A record, its object, and a table of one block.
std::uint32_t add_process(Tables& tables, std::uint32_t parent, const Quota& quota, const StoredName& name) {
    const std::uint32_t index = tables.free_processes.first();
    tables.free_processes.erase(index);
    tables.put(tables.globals().last_process, tables.globals().last_process + 1);
    const std::uint32_t object = add_object(tables, abi::ObjectType::process, 0, index);
    const ProcessRecord record{.id = {tables.globals().last_process},
                               .parent = tables.process(parent).record.id,
                               .object = tables.object(object).record.id,
                               .object_index = object,
                               .quota = quota,
                               .name = name};
    const std::uint32_t depth = parent ? tables.process(parent).depth + 1 : 0;
    Process& process = tables.process(index); // Most of it stays as it is, all zeros.
    tables.fill(process.record, record);
    tables.put(process.parent, parent);
    tables.put(process.depth, depth);
    tables.enlist(index);
    add_block(tables, process);
    ++tables.totals().processes;
    return index;
}

/// The first of its standard handles; what may hand the process on is its parent's capability alone. It is
/// derived from none, so that no revoke can take it away: a process holds itself for as long as it runs.
abi::Handle give_itself(Tables& tables, std::uint32_t process) {
    return add_capability(tables, {.object = tables.process(process).record.object_index,
                                   .holder = process,
                                   .slot = abi::self_process.slot,
                                   .rights = all_but_grant});
}

Result create_root(Tables& tables, const Quota& quota, const StoredName& name) {
    if (tables.globals().root != 0) return std::unexpected(Error::occupied);
    const std::uint32_t index = add_process(tables, 0, quota, name);
    tables.put(tables.globals().root, index);
    const ProcessRecord& record = tables.process(index).record;
    Result result;
    result->process = record.id;
    result->object = record.object;
    result->index = record.object_index;
    result->handle = give_itself(tables, index);
    return result;
}

Result create_child(Tables& tables, std::uint32_t parent, const Quota& quota, const StoredName& name) {
    const auto slot = check_parent(tables, parent, quota);
    if (!slot) return std::unexpected(slot.error());
    const std::uint32_t index = add_process(tables, parent, quota, name);
    count_descendant(tables, parent, 1);
    const ProcessRecord& record = tables.process(index).record;
    Result result;
    result->process = record.id;
    result->object = record.object;
    result->index = record.object_index;
    result->handle = add_capability(
        tables, {.object = record.object_index, .holder = parent, .slot = *slot, .rights = abi::right::all});
    give_itself(tables, index);
    return result;
}

} // namespace

/// Takes as long as State is large: there is no system yet that would have to wait.
Result boot(Tables& tables) {
    const Globals before = tables.globals();
    tables.restart();
    tables.fill(
        tables.globals(),
        {.last_object = before.last_object, .last_process = before.last_process, .epoch = before.epoch + 1});
    return Result{};
}

Result create_process(Tables& tables, const Commit& commit) {
    const auto name = stored(commit.detail.name);
    if (!name) return std::unexpected(name.error());
    if (commit.quota.slots < abi::standard_handles || commit.quota.slots > most_slots)
        return std::unexpected(Error::invalid_argument);
    const auto parent = commit.process ? running(tables, commit.process) : std::uint32_t{0};
    if (!parent) return std::unexpected(parent.error());
    if (const auto room = check_room(tables); !room) return std::unexpected(room.error());
    return *parent ? create_child(tables, *parent, commit.quota, *name)
                   : create_root(tables, commit.quota, *name);
}

Result exit_process(Tables& tables, const Commit& commit) {
    const auto index = running(tables, commit.process);
    if (!index) return std::unexpected(index.error());
    if (!is_known(commit.ending) || commit.ending == abi::Ending::running)
        return std::unexpected(Error::invalid_argument);
    ProcessRecord& record = tables.process(*index).record;
    tables.put(record.ending, commit.ending);
    tables.put(record.code, commit.code);
    if (tables.globals().root == *index) tables.put(tables.globals().root, 0);
    return Result{};
}

Result reap_process(Tables& tables, const Commit& commit) {
    const auto index = zombie(tables, commit.process);
    if (!index) return std::unexpected(index.error());
    Process& process = tables.process(*index);
    const ProcessRecord& record = process.record;
    if (record.capacity > 0 || record.children > 0 || record.object)
        return std::unexpected(Error::would_block);
    count_descendant(tables, process.parent, -1);
    tables.delist(*index);
    tables.clear(process);
    tables.free_processes.insert(*index);
    --tables.totals().processes;
    return Result{};
}

} // namespace axiom::change
