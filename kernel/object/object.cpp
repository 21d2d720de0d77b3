// Binding live objects to State, and ending them with it.
#include "kernel/object/object.h"

#include <algorithm>
#include <array>
#include <new>
#include <optional>

#include "kernel/base/log.h"
#include "kernel/memory/kernel_space.h"
#include "kernel/object/table.h"

namespace object {

constinit std::optional<axiom::State> the_state;
constinit Object** live_objects = nullptr;

namespace {

constexpr std::size_t type_count = 16;

constinit std::array<TypeOperations, type_count> operations{};
constinit std::optional<axiom::CommitLog> the_log;
constinit std::optional<axiom::Axiom> the_axiom;

const TypeOperations& operations_of(const Object& object) {
    return operations[static_cast<std::size_t>(object.type())];
}

/// Of 128 MiB of RAM State and its log take about 4 MiB.
axiom::Capacity capacity_for(std::uint64_t free_frames) {
    const auto processes = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(free_frames / 128, 64, 2048));
    return {.processes = processes, .objects = processes * 8, .slots = processes * 24};
}

std::span<std::byte> allocate(std::size_t size) {
    auto* const bytes = static_cast<std::byte*>(memory::heap().allocate(size, 16));
    base::check(bytes != nullptr, "object: no memory for State");
    std::fill_n(bytes, size, std::byte{0});
    return {bytes, size};
}

/// Takes a live object out of the table, lets it end, and gives up the table's pin.
void end(std::uint32_t index) {
    Object* const object = std::exchange(live_objects[index], nullptr);
    if (!object) return;
    if (object->is_linked()) object->unlink();
    if (const auto action = operations_of(*object).end) action(*object);
    object->release();
}

} // namespace

void Object::release() {
    if (--references_ > 0) return;
    if (const auto action = operations_of(*this).free) action(*this);
}

void register_type(abi::ObjectType type, TypeOperations of_type) {
    operations[static_cast<std::size_t>(type)] = of_type;
}

void initialize() {
    const axiom::Capacity capacity = capacity_for(memory::frames().statistics().free);
    the_state.emplace(allocate(axiom::State::arena_size(capacity)), capacity);
    the_log.emplace(allocate(axiom::CommitLog::ring_size(capacity)), *the_state);
    the_axiom.emplace(*the_state, *the_log);
    const auto table = allocate(the_state->object_capacity() * sizeof(Object*));
    live_objects = new (table.data()) Object* [the_state->object_capacity()] {};
    base::check(commit(axiom::boot()).has_value(), "object: State refuses to boot");
}

const axiom::CommitLog& commit_log() { return *the_log; }

std::expected<axiom::Outcome, Error> commit(const axiom::Commit& commit) {
    const auto outcome = the_axiom->commit(commit);
    if (outcome)
        for (std::uint32_t i = 0; i < outcome->gone_count; ++i) end(outcome->gone[i].index);
    return outcome;
}

std::expected<void, Error> make_room(axiom::ProcessId holder, std::uint32_t count) {
    while (the_state->free_slots(holder) < count)
        if (const auto grown = commit(axiom::grow_table(holder)); !grown)
            return std::unexpected(grown.error());
    return {};
}

void bind(Object& object, axiom::ObjectId id, std::uint32_t index) {
    object.id_ = id;
    object.place_ = index;
    object.retain();
    live_objects[index] = &object;
}

std::expected<Found, Error> find(axiom::ProcessId id, abi::Handle handle, abi::Rights rights) {
    const axiom::State::Holder holder = the_state->holder(id);
    if (!holder) return std::unexpected(Error::bad_handle);
    return find(holder, handle, rights);
}

} // namespace object
