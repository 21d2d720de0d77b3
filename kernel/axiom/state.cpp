// What State tells.
#include "kernel/axiom/state.h"

#include <string_view>

#include "kernel/axiom/capability_table.h"
#include "kernel/axiom/capability_tree.h"

namespace axiom {
namespace {

Capability capability_at(const Tables& tables, std::uint32_t index) {
    const Node& node = tables.node(index);
    const Process& holder = tables.process(node.holder);
    return {.object = tables.object(node.object).record.id,
            .object_index = node.object,
            .rights = node.rights,
            .type = tables.object(node.object).record.type,
            .badge = tables.badge(index),
            .handle = {node.slot, slot_of(tables, holder, node.slot).generation},
            .holder = holder.record.id};
}

} // namespace

std::size_t State::arena_size(Capacity capacity) { return Layout(capacity).size; }

State::State(std::span<std::byte> arena, Capacity capacity) : tables_(arena, Layout(capacity)) {}

std::expected<Capability, Error> State::capability(ProcessId holder, abi::Handle handle) const {
    const std::uint32_t index = tables_.find(holder);
    if (index == 0) return std::unexpected(Error::bad_handle);
    const auto node = node_of(tables_, tables_.process(index), handle);
    if (!node) return std::unexpected(node.error());
    return capability_at(tables_, *node);
}

std::expected<Capability, Error> State::source(const Capability& capability) const {
    const std::uint32_t index = tables_.find(capability.holder);
    if (index == 0) return std::unexpected(Error::bad_handle);
    const auto node = node_of(tables_, tables_.process(index), capability.handle);
    if (!node) return std::unexpected(node.error());
    const std::uint32_t source = source_of(tables_, *node);
    if (source == 0) return std::unexpected(Error::not_found);
    return capability_at(tables_, source);
}

const ProcessRecord* State::process(ProcessId id) const {
    const std::uint32_t index = tables_.find(id);
    return index ? &tables_.process(index).record : nullptr;
}

const ObjectRecord* State::object(std::uint32_t index) const {
    if (index >= tables_.layout().capacity.objects || !tables_.object(index).record.id) return nullptr;
    return &tables_.object(index).record;
}

std::expected<abi::Handle, Error> State::named(ProcessId id, std::string_view name) const {
    const std::uint32_t index = tables_.find(id);
    if (index == 0) return std::unexpected(Error::not_found);
    const Process& process = tables_.process(index);
    for (std::uint32_t i = 0; i < process.names; ++i)
        if (process.bindings[i].name.view() == name) return process.bindings[i].handle;
    return std::unexpected(Error::not_found);
}

std::string_view State::name_of(ProcessId id, abi::Handle handle) const {
    const std::uint32_t index = tables_.find(id);
    if (index == 0) return {};
    const Process& process = tables_.process(index);
    for (std::uint32_t i = 0; i < process.names; ++i)
        if (process.bindings[i].handle == handle) return process.bindings[i].name.view();
    return {};
}

/// From the one before, if there is one still, that is a single step.
const ProcessRecord* State::next_process(ProcessId after) const {
    const std::uint32_t known = tables_.find(after);
    std::uint32_t index = known ? tables_.process(known).next : tables_.globals().first_process;
    while (index != 0 && tables_.process(index).record.id <= after) index = tables_.process(index).next;
    return index ? &tables_.process(index).record : nullptr;
}

std::expected<Capability, Error> State::next_capability(ProcessId holder, std::uint32_t slot) const {
    const std::uint32_t index = tables_.find(holder);
    if (index == 0) return std::unexpected(Error::not_found);
    const Process& process = tables_.process(index);
    for (; slot < process.record.capacity; ++slot)
        if (const std::uint32_t node = slot_of(tables_, process, slot).node)
            return capability_at(tables_, node);
    return std::unexpected(Error::not_found);
}

/// A node without a holder has children.
std::expected<Capability, Error> State::first_capability(std::uint32_t object) const {
    std::uint32_t index = tables_.object(object).first;
    while (index != 0 && tables_.node(index).holder == 0) index = tables_.node(index).first_child;
    if (index == 0) return std::unexpected(Error::not_found);
    return capability_at(tables_, index);
}

std::uint32_t State::free_slots(ProcessId process) const {
    const std::uint32_t index = tables_.find(process);
    return index ? tables_.process(index).record.free_slots : 0;
}

std::uint32_t State::epoch() const { return tables_.globals().epoch; }

std::uint32_t State::process_count() const { return tables_.totals().processes; }

std::uint32_t State::object_count() const { return tables_.totals().objects; }

std::uint32_t State::capability_count() const { return tables_.totals().capabilities; }

std::uint32_t State::object_capacity() const { return tables_.layout().capacity.objects; }

std::uint64_t State::digest() const { return tables_.totals().digest; }

std::uint64_t State::compute_digest() const { return digest_of(tables_.truth()); }

Capacity State::capacity() const { return tables_.layout().capacity; }

std::span<const std::byte> State::bytes() const { return tables_.truth(); }

} // namespace axiom
