// The commit that binds a name.
#include <algorithm>

#include "kernel/axiom/apply.h"
#include "kernel/axiom/capability_table.h"

namespace axiom::change {
namespace {

/// The place of a name, or one behind the last.
std::uint32_t place_of(const Process& process, const StoredName& name) {
    std::uint32_t place = 0;
    while (place < process.names && process.bindings[place].name != name) ++place;
    return place;
}

/// The last one fills the gap.
void unbind(Tables& tables, Process& process, std::uint32_t place) {
    const Binding last = process.bindings[process.names - 1];
    tables.clear(process.bindings[place]);
    if (place != process.names - 1) {
        tables.fill(process.bindings[place], last);
        tables.clear(process.bindings[process.names - 1]);
    }
    tables.put(process.names, process.names - 1);
}

} // namespace

/// A name that is bound already is bound anew; one bound to the handle that names nothing is forgotten.
Result bind_name(Tables& tables, const Commit& commit) {
    const auto index = running(tables, commit.process);
    if (!index) return std::unexpected(index.error());
    Process& process = tables.process(*index);
    const auto name = stored(commit.detail.name);
    if (!name || name->view().empty()) return std::unexpected(Error::invalid_argument);
    const std::uint32_t place = place_of(process, *name);
    if (!commit.handle) {
        if (place == process.names) return std::unexpected(Error::not_found);
        unbind(tables, process, place);
        return Result{};
    }
    if (const auto node = node_of(tables, process, commit.handle); !node)
        return std::unexpected(node.error());
    if (place == most_names) return std::unexpected(Error::limit_reached);
    if (place < process.names) {
        tables.put(process.bindings[place].handle, commit.handle);
    } else {
        tables.fill(process.bindings[place], {*name, commit.handle});
        tables.put(process.names, process.names + 1);
    }
    return Result{};
}

} // namespace axiom::change
