// apply(): the one door to State.
#include "kernel/axiom/apply.h"

#include "kernel/axiom/capability_table.h"
#include "kernel/axiom/state.h"

namespace axiom {
namespace {

/// How many values of an enumeration have a name of their own: the ABI's lists may grow.
template <class Enumeration>
consteval unsigned count_known(std::string_view unknown) {
    unsigned count = 0;
    while (abi::name(static_cast<Enumeration>(count)) != unknown) ++count;
    return count;
}

constexpr unsigned type_count = count_known<abi::ObjectType>("unknown");
constexpr unsigned ending_count = count_known<abi::Ending>("?");

} // namespace

std::expected<Outcome, Error> apply(State& state, const Commit& commit) {
    Tables& tables = state.tables_;
    switch (commit.kind) {
    case CommitKind::boot: return change::boot(tables);
    case CommitKind::create_process: return change::create_process(tables, commit);
    case CommitKind::create_object: return change::create_object(tables, commit);
    case CommitKind::copy_capability: return change::copy_capability(tables, commit);
    case CommitKind::move_capability: return change::move_capability(tables, commit);
    case CommitKind::delete_capability: return change::delete_capability(tables, commit);
    case CommitKind::destroy_object: return change::destroy_object(tables, commit);
    case CommitKind::grow_table: return change::grow_table(tables, commit);
    case CommitKind::exit_process: return change::exit_process(tables, commit);
    case CommitKind::clear_table: return change::clear_table(tables, commit);
    case CommitKind::reap_process: return change::reap_process(tables, commit);
    case CommitKind::bind_name: return change::bind_name(tables, commit);
    case CommitKind::transfer_capabilities: return change::transfer_capabilities(tables, commit);
    case CommitKind::revoke_capability: return change::revoke_capability(tables, commit);
    }
    return std::unexpected(Error::unsupported);
}

namespace change {

bool is_known(abi::ObjectType type) {
    return type != abi::ObjectType::none && static_cast<unsigned>(type) < type_count;
}

bool is_known(abi::Ending ending) { return static_cast<unsigned>(ending) < ending_count; }

bool may_have_badge(abi::ObjectType type) {
    return type == abi::ObjectType::endpoint || type == abi::ObjectType::notification;
}

std::expected<std::uint32_t, Error> running(const Tables& tables, ProcessId id) {
    const std::uint32_t index = tables.find(id);
    if (index == 0) return std::unexpected(Error::not_found);
    if (tables.process(index).record.ending != abi::Ending::running)
        return std::unexpected(Error::not_running);
    return index;
}

std::expected<std::uint32_t, Error> zombie(const Tables& tables, ProcessId id) {
    const std::uint32_t index = tables.find(id);
    if (index == 0) return std::unexpected(Error::not_found);
    if (tables.process(index).record.ending == abi::Ending::running)
        return std::unexpected(Error::would_block);
    return index;
}

/// The text may be of any bytes, its length included: that is looked at before anything else.
std::expected<StoredName, Error> stored(const Name& name) {
    const std::string_view text = name.view();
    if (text.size() > abi::name_length) return std::unexpected(Error::invalid_argument);
    StoredName result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\0') return std::unexpected(Error::invalid_argument);
        result.characters[i] = text[i];
    }
    return result;
}

std::uint32_t add_object(Tables& tables, abi::ObjectType type, std::uint64_t size, std::uint32_t process) {
    const std::uint32_t index = tables.free_objects.first();
    tables.free_objects.erase(index);
    tables.put(tables.globals().last_object, tables.globals().last_object + 1);
    const ObjectRecord record{.id = {tables.globals().last_object}, .size = size, .type = type};
    tables.fill(tables.object(index), {.record = record, .process = process});
    ++tables.totals().objects;
    return index;
}

void drop(Tables& tables, std::uint32_t node, Outcome& outcome) {
    const std::uint32_t index = tables.node(node).object;
    const std::uint64_t id = tables.object(index).record.id.value;
    if (drop_capability(tables, node)) outcome.gone[outcome.gone_count++] = {id, index};
}

} // namespace change
} // namespace axiom
