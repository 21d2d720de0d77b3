// The plainest State there could be, written from the comments of commit.h.
#include "test/host/axiom_model.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

#include "test/host/axiom_machine.h"

using namespace axiom;
using abi::ObjectType;
using abi::right::all, abi::right::grant;

namespace test {
namespace {

constexpr abi::Rights all_but_grant{0b110'1111};

std::expected<std::string, Error> text_of(const Name& name) {
    if (name.view().size() > 32) return std::unexpected(Error::invalid_argument);
    std::string text(name.view());
    if (text.find('\0') != text.npos) return std::unexpected(Error::invalid_argument);
    return text;
}

} // namespace

AxiomModel::Result AxiomModel::apply(const Commit& commit, const State& after) {
    switch (commit.kind) {
    case CommitKind::boot:
        processes_.clear();
        objects_.clear();
        capabilities_.clear();
        ++epoch_;
        return Outcome{};
    case CommitKind::create_process: return create_process(commit);
    case CommitKind::create_object: return create_object(commit);
    case CommitKind::copy_capability: return copy_capability(commit);
    case CommitKind::move_capability: return move_capability(commit);
    case CommitKind::transfer_capabilities: return transfer_capabilities(commit);
    case CommitKind::revoke_capability: return revoke_capability(commit, after);
    case CommitKind::delete_capability: return delete_capability(commit);
    case CommitKind::destroy_object: return destroy_object(commit, after);
    case CommitKind::grow_table: return grow_table(commit);
    case CommitKind::exit_process: return exit_process(commit);
    case CommitKind::clear_table: return clear_table(commit);
    case CommitKind::reap_process: return reap_process(commit);
    case CommitKind::bind_name: return bind_name(commit);
    }
    return std::unexpected(Error::unsupported);
}

std::expected<AxiomModel::Process*, Error> AxiomModel::running(ProcessId id) {
    const auto found = processes_.find(id.value);
    if (found == processes_.end()) return std::unexpected(Error::not_found);
    if (found->second.ending != abi::Ending::running) return std::unexpected(Error::not_running);
    return &found->second;
}

std::expected<AxiomModel::Process*, Error> AxiomModel::zombie(ProcessId id) {
    const auto found = processes_.find(id.value);
    if (found == processes_.end()) return std::unexpected(Error::not_found);
    if (found->second.ending == abi::Ending::running) return std::unexpected(Error::would_block);
    return &found->second;
}

std::uint64_t AxiomModel::find(const Process& process, abi::Handle handle) const {
    if (handle.slot >= process.slots.size()) return 0;
    const Slot& slot = process.slots[handle.slot];
    return slot.generation == handle.generation ? slot.capability : 0;
}

std::expected<std::uint32_t, Error> AxiomModel::choose(const Process& process, std::uint32_t slot) const {
    if (slot != any_slot) {
        if (slot >= process.slots.size()) return std::unexpected(Error::limit_reached);
        if (process.slots[slot].capability) return std::unexpected(Error::occupied);
        return slot;
    }
    for (std::uint32_t i = 4; i < process.slots.size(); ++i)
        if (!process.slots[i].capability) return i;
    return std::unexpected(Error::limit_reached);
}

abi::Handle AxiomModel::put(std::uint64_t capability, Process& process, std::uint32_t slot) {
    process.slots[slot].capability = capability;
    capabilities_[capability].holder = process.id;
    capabilities_[capability].slot = slot;
    return {slot, ++process.slots[slot].generation};
}

abi::Handle AxiomModel::add(std::uint64_t object, Process& process, std::uint32_t slot, abi::Rights rights,
                            std::uint64_t parent, std::uint64_t badge) {
    capabilities_[++last_capability_] = {
        .object = object, .rights = rights, .parent = parent, .badge = badge};
    return put(last_capability_, process, slot);
}

void AxiomModel::drop(std::uint64_t id, Outcome& outcome) {
    const Capability gone = capabilities_.at(id);
    processes_.at(gone.holder).slots[gone.slot].capability = 0;
    capabilities_.at(id) = {.object = gone.object, .parent = gone.parent};
    collapse(id);
    for (const auto& [other_id, other] : capabilities_)
        if (other.object == gone.object) return;
    objects_.erase(gone.object);
    for (auto& [pid, process] : processes_)
        if (process.object == gone.object) process.object = 0;
    outcome.gone[outcome.gone_count++].object = gone.object;
}

/// A place with fewer than two children goes, and may leave its parent with fewer than two.
void AxiomModel::collapse(std::uint64_t id) {
    if (id == 0 || capabilities_.at(id).holder != 0) return;
    std::vector<std::uint64_t> children;
    for (const auto& [other_id, other] : capabilities_)
        if (other.parent == id) children.push_back(other_id);
    if (children.size() >= 2) return;
    const std::uint64_t parent = capabilities_.at(id).parent;
    capabilities_.erase(id);
    for (const std::uint64_t child : children) capabilities_.at(child).parent = parent;
    if (children.empty()) collapse(parent);
}

/// The capability that one was derived from.
std::uint64_t AxiomModel::source(std::uint64_t id) const {
    do id = capabilities_.at(id).parent;
    while (id != 0 && capabilities_.at(id).holder == 0);
    return id;
}

bool AxiomModel::derives_from(std::uint64_t id, std::uint64_t ancestor) const {
    while (id != 0 && id != ancestor) id = capabilities_.at(id).parent;
    return id != 0;
}

AxiomModel::Maybe AxiomModel::may_derive(std::uint64_t id) const {
    int nodes = 0;
    for (std::uint64_t at = id; at != 0; at = capabilities_.at(at).parent, ++nodes)
        if (capabilities_.at(at).revoking) return std::unexpected(Error::gone);
    if (nodes > 64) return std::unexpected(Error::limit_reached);
    return {};
}

std::uint32_t AxiomModel::count_blocks() const {
    std::size_t blocks = 0;
    for (const auto& [id, process] : processes_) blocks += (process.slots.size() + 15) / 16;
    return static_cast<std::uint32_t>(blocks);
}

std::uint32_t AxiomModel::descendants(std::uint32_t id) const {
    std::uint32_t count = 0;
    for (const auto& [other, process] : processes_)
        if (process.parent == id) count += 1 + descendants(other);
    return count;
}

std::uint32_t AxiomModel::depth(std::uint32_t id) const {
    const std::uint32_t parent = processes_.at(id).parent;
    return parent ? 1 + depth(parent) : 0;
}

AxiomModel::Result AxiomModel::create_process(const Commit& commit) {
    const auto name = text_of(commit.detail.name);
    if (!name) return std::unexpected(name.error());
    if (commit.quota.slots < 4 || commit.quota.slots > 1024) return std::unexpected(Error::invalid_argument);
    Process* parent = nullptr;
    if (commit.process) {
        const auto found = running(commit.process);
        if (!found) return std::unexpected(found.error());
        parent = *found;
    }
    if (processes_.size() == capacity_.processes || objects_.size() == capacity_.objects ||
        count_blocks() == capacity_.slots / 16)
        return std::unexpected(Error::out_of_memory);
    std::uint32_t slot = 0;
    if (parent) {
        if (depth(parent->id) >= 16 || commit.quota.slots > parent->quota.slots ||
            commit.quota.processes > parent->quota.processes)
            return std::unexpected(Error::limit_reached);
        for (std::uint32_t id = parent->id; id != 0; id = processes_.at(id).parent)
            if (descendants(id) >= processes_.at(id).quota.processes)
                return std::unexpected(Error::limit_reached);
        const auto place = choose(*parent, any_slot);
        if (!place) return std::unexpected(place.error());
        slot = *place;
    } else {
        for (const auto& [id, process] : processes_)
            if (process.parent == 0 && process.ending == abi::Ending::running)
                return std::unexpected(Error::occupied);
    }
    const std::uint32_t id = ++last_process_;
    objects_[++last_object_] = {.type = abi::ObjectType::process};
    Process& process = processes_[id];
    process = {.id = id,
               .parent = parent ? parent->id : 0,
               .object = last_object_,
               .name = *name,
               .quota = commit.quota,
               .slots = std::vector<Slot>(std::min(16u, commit.quota.slots))};
    Outcome outcome;
    outcome.process = {id};
    outcome.object = {last_object_};
    if (parent) {
        outcome.handle = add(last_object_, *parent, slot, all, 0);
        add(last_object_, process, 0, all_but_grant, 0);
    } else {
        outcome.handle = add(last_object_, process, 0, all_but_grant, 0);
    }
    return outcome;
}

AxiomModel::Result AxiomModel::create_object(const Commit& commit) {
    const auto process = running(commit.process);
    if (!process) return std::unexpected(process.error());
    const auto type = static_cast<unsigned>(commit.type);
    if (type < 2 || type > static_cast<unsigned>(abi::ObjectType::device) || commit.rights.bits > all.bits)
        return std::unexpected(Error::invalid_argument);
    if (objects_.size() == capacity_.objects) return std::unexpected(Error::out_of_memory);
    const auto slot = choose(**process, any_slot);
    if (!slot) return std::unexpected(slot.error());
    objects_[++last_object_] = {.type = commit.type, .size = commit.detail.size};
    const abi::Handle handle = add(last_object_, **process, *slot, commit.rights, 0);
    Outcome outcome;
    outcome.object = {last_object_};
    outcome.handle = handle;
    return outcome;
}

/// What all that hand something on must see to: the capability.
std::expected<std::uint64_t, Error> AxiomModel::check_transfer(const Commit& commit, abi::Handle handle) {
    const auto from = running(commit.process);
    if (!from) return std::unexpected(from.error());
    const auto to = running(commit.to);
    if (!to) return std::unexpected(to.error());
    const std::uint64_t id = find(**from, handle);
    if (id == 0) return std::unexpected(Error::bad_handle);
    const Capability& source = capabilities_.at(id);
    if (objects_.at(source.object).dying) return std::unexpected(Error::gone);
    if (*from != *to && !source.rights.includes(grant)) return std::unexpected(Error::not_permitted);
    return id;
}

AxiomModel::Result AxiomModel::copy_capability(const Commit& commit) {
    const auto id = check_transfer(commit, commit.handle);
    if (!id) return std::unexpected(id.error());
    const Capability source = capabilities_.at(*id);
    if (!source.rights.includes(commit.rights)) return std::unexpected(Error::not_permitted);
    if (const auto fine = may_derive(*id); !fine) return std::unexpected(fine.error());
    const std::uint64_t badge = commit.detail.badge;
    const ObjectType type = objects_.at(source.object).type;
    if (badge != 0 && type != ObjectType::endpoint && type != ObjectType::notification)
        return std::unexpected(Error::invalid_argument);
    if (badge != 0 && source.badge != 0) return std::unexpected(Error::not_permitted);
    Process& to = **running(commit.to);
    const auto slot = choose(to, commit.slot);
    if (!slot) return std::unexpected(slot.error());
    Outcome outcome;
    outcome.handle = add(source.object, to, *slot, commit.rights, *id, badge ? badge : source.badge);
    return outcome;
}

AxiomModel::Result AxiomModel::move_capability(const Commit& commit) {
    const auto id = check_transfer(commit, commit.handle);
    if (!id) return std::unexpected(id.error());
    if (capabilities_.at(*id).revoking) return std::unexpected(Error::gone);
    Process& to = **running(commit.to);
    const auto slot = choose(to, commit.slot);
    if (!slot) return std::unexpected(slot.error());
    (*running(commit.process))->slots[commit.handle.slot].capability = 0;
    Outcome outcome;
    outcome.handle = put(*id, to, *slot);
    return outcome;
}

AxiomModel::Result AxiomModel::transfer_capabilities(const Commit& commit) {
    if (commit.count < 1 || commit.count > 4) return std::unexpected(Error::invalid_argument);
    std::vector<std::uint64_t> ids;
    for (std::uint32_t i = 0; i < commit.count; ++i) {
        const Given given = commit.detail.batch[i];
        const auto id = check_transfer(commit, given.handle);
        if (!id) return std::unexpected(id.error());
        const abi::Rights rights = capabilities_.at(*id).rights;
        if (!rights.includes(grant) || !rights.includes(given.rights))
            return std::unexpected(Error::not_permitted);
        if (const auto fine = may_derive(*id); !fine) return std::unexpected(fine.error());
        ids.push_back(*id);
    }
    Process& to = **running(commit.to);
    std::size_t free = 0;
    for (std::size_t slot = 4; slot < to.slots.size(); ++slot) free += to.slots[slot].capability == 0;
    if (free < ids.size()) return std::unexpected(Error::limit_reached);
    Outcome outcome;
    std::construct_at(&outcome.handles);
    for (std::uint32_t i = 0; i < commit.count; ++i) {
        const Capability source = capabilities_.at(ids[i]);
        outcome.handles[i] = add(source.object, to, *choose(to, any_slot), commit.detail.batch[i].rights,
                                 ids[i], source.badge);
    }
    return outcome;
}

/// Which of the leaves go first is not foretold; but how many go, and that none leaves a descendant behind.
AxiomModel::Result AxiomModel::revoke_capability(const Commit& commit, const State& after) {
    const auto process = running(commit.process);
    if (!process) return std::unexpected(process.error());
    const std::uint64_t root = find(**process, commit.handle);
    if (root == 0) return std::unexpected(Error::bad_handle);
    const std::uint64_t object = capabilities_.at(root).object;
    std::vector<std::uint64_t> gone, left;
    for (const auto& [id, capability] : capabilities_)
        if (id != root && capability.holder != 0 && derives_from(id, root))
            (is_there(after, capability) ? left : gone).push_back(id);
    Outcome outcome;
    outcome.done = left.empty();
    if (objects_.at(object).dying) // Destroying it has begun to take its tree apart.
        outcome.done =
            !Inspector::tables(after).node(node_of(after, commit.process, commit.handle)).first_child;
    else
        CHECK(gone.size() == std::min<std::size_t>(most_per_step, gone.size() + left.size()));
    CHECK(gone.size() <= most_per_step);
    for (const std::uint64_t id : left) CHECK(!std::ranges::binary_search(gone, source(id)));
    for (const std::uint64_t id : gone) drop(id, outcome);
    capabilities_.at(root).revoking = !outcome.done;
    return outcome;
}

AxiomModel::Result AxiomModel::delete_capability(const Commit& commit) {
    const auto process = running(commit.process);
    if (!process) return std::unexpected(process.error());
    const std::uint64_t id = find(**process, commit.handle);
    if (id == 0) return std::unexpected(Error::bad_handle);
    Outcome outcome;
    drop(id, outcome);
    return outcome;
}

bool AxiomModel::is_there(const State& state, const Capability& capability) const {
    const std::uint32_t generation = processes_.at(capability.holder).slots[capability.slot].generation;
    return state.capability({capability.holder}, {capability.slot, generation}).has_value();
}

AxiomModel::Result AxiomModel::destroy_object(const Commit& commit, const State& after) {
    const auto process = running(commit.process);
    if (!process) return std::unexpected(process.error());
    const std::uint64_t own = find(**process, commit.handle);
    if (own == 0) return std::unexpected(Error::bad_handle);
    const std::uint64_t object = capabilities_.at(own).object;
    objects_.at(object).dying = true;
    Outcome outcome;
    std::vector<std::uint64_t> gone;
    for (const auto& [id, capability] : capabilities_) {
        if (capability.object != object || capability.holder == 0) continue;
        if (!is_there(after, capability)) gone.push_back(id);
    }
    CHECK(gone.size() <= most_per_step);
    for (const std::uint64_t id : gone) drop(id, outcome);
    outcome.done = !objects_.contains(object);
    if (!outcome.done) CHECK(capabilities_.contains(own));
    return outcome;
}

AxiomModel::Result AxiomModel::grow_table(const Commit& commit) {
    const auto process = running(commit.process);
    if (!process) return std::unexpected(process.error());
    auto& slots = (*process)->slots;
    if (slots.size() >= (*process)->quota.slots) return std::unexpected(Error::limit_reached);
    if (count_blocks() == capacity_.slots / 16) return std::unexpected(Error::out_of_memory);
    slots.resize(std::min<std::size_t>(slots.size() + 16, (*process)->quota.slots));
    return Outcome{};
}

AxiomModel::Result AxiomModel::exit_process(const Commit& commit) {
    const auto process = running(commit.process);
    if (!process) return std::unexpected(process.error());
    const auto ending = static_cast<unsigned>(commit.ending);
    if (ending == 0 || ending > static_cast<unsigned>(abi::Ending::orphaned))
        return std::unexpected(Error::invalid_argument);
    (*process)->ending = commit.ending;
    (*process)->code = commit.code;
    return Outcome{};
}

AxiomModel::Result AxiomModel::clear_table(const Commit& commit) {
    const auto process = zombie(commit.process);
    if (!process) return std::unexpected(process.error());
    auto& slots = (*process)->slots;
    Outcome outcome;
    for (int i = 0; i < 2 && !slots.empty(); ++i) {
        const std::size_t first = (slots.size() - 1) / 16 * 16;
        for (std::size_t slot = first; slot < slots.size(); ++slot)
            if (slots[slot].capability) drop(slots[slot].capability, outcome);
        slots.resize(first);
    }
    outcome.done = slots.empty();
    return outcome;
}

AxiomModel::Result AxiomModel::reap_process(const Commit& commit) {
    const auto process = zombie(commit.process);
    if (!process) return std::unexpected(process.error());
    if (!(*process)->slots.empty() || (*process)->object || descendants(commit.process.value) > 0)
        return std::unexpected(Error::would_block);
    processes_.erase(commit.process.value);
    return Outcome{};
}

AxiomModel::Result AxiomModel::bind_name(const Commit& commit) {
    const auto process = running(commit.process);
    if (!process) return std::unexpected(process.error());
    const auto name = text_of(commit.detail.name);
    if (!name || name->empty()) return std::unexpected(Error::invalid_argument);
    auto& names = (*process)->names;
    if (!commit.handle) {
        if (names.erase(*name) == 0) return std::unexpected(Error::not_found);
        return Outcome{};
    }
    if (find(**process, commit.handle) == 0) return std::unexpected(Error::bad_handle);
    if (!names.contains(*name) && names.size() == 32) return std::unexpected(Error::limit_reached);
    names[*name] = commit.handle;
    return Outcome{};
}

void AxiomModel::compare(const State& state) const {
    REQUIRE(state.epoch() == epoch_);
    REQUIRE(state.process_count() == processes_.size());
    REQUIRE(state.object_count() == objects_.size());
    std::size_t held = 0;
    for (const auto& [id, capability] : capabilities_) held += capability.holder != 0;
    REQUIRE(state.capability_count() == held);
    ProcessId after{};
    for (const auto& [id, process] : processes_) {
        const ProcessRecord* const record = state.next_process(after);
        REQUIRE(record);
        REQUIRE(record->id.value == id);
        after = record->id;
        compare_process(state, process);
    }
    REQUIRE(state.next_process(after) == nullptr);
    bool same = true;
    for (const auto& [id, capability] : capabilities_)
        same = same && (capability.holder == 0 || is_same(state, id, capability));
    REQUIRE(same);
}

void AxiomModel::compare_process(const State& state, const Process& process) const {
    const ProcessRecord* const record = state.process({process.id});
    REQUIRE(record);
    std::uint32_t children = 0, used = 0, free = 0;
    for (const auto& [id, other] : processes_) children += other.parent == process.id;
    for (std::uint32_t slot = 0; slot < process.slots.size(); ++slot) {
        used += process.slots[slot].capability != 0;
        free += slot >= 4 && process.slots[slot].capability == 0;
    }
    bool same = record->parent.value == process.parent && record->object.value == process.object &&
                record->name.view() == process.name && record->ending == process.ending;
    same = same && record->code == process.code && record->quota == process.quota &&
           record->children == children;
    same = same && record->capacity == process.slots.size() && record->slots_in_use == used;
    same = same && state.free_slots({process.id}) == free;
    for (const auto& [name, handle] : process.names)
        same = same && state.named({process.id}, name).value_or(abi::Handle{}) == handle;
    REQUIRE(same);
}

bool AxiomModel::is_same(const State& state, std::uint64_t id, const Capability& capability) const {
    const Process& holder = processes_.at(capability.holder);
    const abi::Handle handle{capability.slot, holder.slots[capability.slot].generation};
    const auto found = state.capability({holder.id}, handle);
    const ObjectRecord* const record = found ? state.object(found->object_index) : nullptr;
    if (!record) return false;
    const Object& object = objects_.at(capability.object);
    return found->object.value == capability.object && found->rights == capability.rights &&
           found->badge == capability.badge && found->holder.value == holder.id && found->handle == handle &&
           found->type == object.type && record->id.value == capability.object &&
           record->size == object.size && record->type == object.type &&
           (record->dying != 0) == object.dying && (object.dying || has_same_parent(state, id, *found));
}

bool AxiomModel::has_same_parent(const State& state, std::uint64_t id, const axiom::Capability& found) const {
    const std::uint64_t expected = source(id);
    const auto parent = state.source(found);
    if (!parent || expected == 0) return !parent && expected == 0;
    const Capability& capability = capabilities_.at(expected);
    return parent->holder.value == capability.holder && parent->handle.slot == capability.slot;
}

std::vector<ProcessId> AxiomModel::processes(bool running) const {
    std::vector<ProcessId> ids;
    for (const auto& [id, process] : processes_)
        if ((process.ending == abi::Ending::running) == running) ids.push_back({id});
    return ids;
}

std::vector<abi::Handle> AxiomModel::handles(ProcessId id) const {
    std::vector<abi::Handle> handles;
    const auto found = processes_.find(id.value);
    if (found == processes_.end()) return handles;
    const auto& slots = found->second.slots;
    for (std::uint32_t i = 0; i < slots.size(); ++i)
        if (slots[i].capability) handles.push_back({i, slots[i].generation});
    return handles;
}

} // namespace test
