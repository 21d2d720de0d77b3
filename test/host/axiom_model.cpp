// The plainest State there could be, written from the comments of commit.h.
#include "test/host/axiom_model.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "test/host/axiom_machine.h"

using namespace axiom;
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
    case CommitKind::copy_capability: return transfer(commit, false);
    case CommitKind::move_capability: return transfer(commit, true);
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
                            std::uint64_t parent) {
    capabilities_[++last_capability_] = {.object = object, .rights = rights, .parent = parent};
    return put(last_capability_, process, slot);
}

void AxiomModel::drop(std::uint64_t id, Outcome& outcome) {
    const Capability gone = capabilities_.at(id);
    processes_.at(gone.holder).slots[gone.slot].capability = 0;
    capabilities_.erase(id);
    bool last = true;
    for (auto& [other_id, other] : capabilities_) {
        if (other.parent == id) other.parent = gone.parent;
        last = last && other.object != gone.object;
    }
    if (!last) return;
    objects_.erase(gone.object);
    for (auto& [pid, process] : processes_)
        if (process.object == gone.object) process.object = 0;
    outcome.gone[outcome.gone_count++].object = gone.object;
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
    const auto name = text_of(commit.name);
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
        add(last_object_, process, 0, all_but_grant, last_capability_);
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
    objects_[++last_object_] = {.type = commit.type, .size = commit.size};
    const abi::Handle handle = add(last_object_, **process, *slot, commit.rights, 0);
    Outcome outcome;
    outcome.object = {last_object_};
    outcome.handle = handle;
    return outcome;
}

AxiomModel::Result AxiomModel::transfer(const Commit& commit, bool move) {
    const auto from = running(commit.process);
    if (!from) return std::unexpected(from.error());
    const auto to = running(commit.to);
    if (!to) return std::unexpected(to.error());
    const std::uint64_t id = find(**from, commit.handle);
    if (id == 0) return std::unexpected(Error::bad_handle);
    const Capability source = capabilities_.at(id);
    if (objects_.at(source.object).dying) return std::unexpected(Error::gone);
    if (*from != *to && !source.rights.includes(grant)) return std::unexpected(Error::not_permitted);
    const auto slot = choose(**to, move ? any_slot : commit.slot);
    if (!slot) return std::unexpected(slot.error());
    if (!move && !source.rights.includes(commit.rights)) return std::unexpected(Error::not_permitted);
    Outcome outcome;
    if (move) {
        (*from)->slots[commit.handle.slot].capability = 0;
        outcome.handle = put(id, **to, *slot);
    } else {
        outcome.handle = add(source.object, **to, *slot, commit.rights, id);
    }
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
        if (capability.object != object) continue;
        const std::uint32_t generation = processes_.at(capability.holder).slots[capability.slot].generation;
        if (!after.capability({capability.holder}, {capability.slot, generation})) gone.push_back(id);
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
    const auto name = text_of(commit.name);
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
    REQUIRE(state.capability_count() == capabilities_.size());
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
    for (const auto& [id, capability] : capabilities_) same = same && is_same(state, capability);
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

bool AxiomModel::is_same(const State& state, const Capability& capability) const {
    const Process& holder = processes_.at(capability.holder);
    const abi::Handle handle{capability.slot, holder.slots[capability.slot].generation};
    const auto found = state.capability({holder.id}, handle);
    const ObjectRecord* const record = found ? state.object(found->object_index) : nullptr;
    if (!record) return false;
    const Object& object = objects_.at(capability.object);
    return found->object.value == capability.object && found->rights == capability.rights &&
           found->holder.value == holder.id && found->handle == handle && found->type == object.type &&
           record->id.value == capability.object && record->size == object.size &&
           record->type == object.type && (record->dying != 0) == object.dying &&
           (object.dying || has_same_parent(state, capability, handle));
}

bool AxiomModel::has_same_parent(const State& state, const Capability& capability, abi::Handle handle) const {
    const std::uint32_t parent = parent_of(state, {capability.holder}, handle);
    if (parent == 0 || capability.parent == 0) return parent == 0 && capability.parent == 0;
    const Tables& tables = Inspector::tables(state);
    const Capability& expected = capabilities_.at(capability.parent);
    return tables.process(tables.node(parent).holder).record.id.value == expected.holder &&
           tables.node(parent).slot == expected.slot;
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
