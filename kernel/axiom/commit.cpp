// Writing commits down.
#include "kernel/axiom/commit.h"

#include <algorithm>

namespace axiom {
namespace {

/// A name is cut when it is only for people; where it is looked up by, one that is too long is none.
Name whole(std::string_view name) { return name.size() <= abi::name_length ? Name(name) : Name(); }

} // namespace

Commit boot() { return {.kind = CommitKind::boot}; }

Commit create_process(ProcessId parent, std::string_view name, Quota quota) {
    return {.kind = CommitKind::create_process,
            .process = parent,
            .quota = quota,
            .detail = {.name = Name(name)}};
}

Commit create_object(ProcessId owner, abi::ObjectType type, std::uint64_t size, abi::Rights rights) {
    return {.kind = CommitKind::create_object,
            .type = type,
            .rights = rights,
            .process = owner,
            .detail = {.size = size}};
}

Commit copy_capability(ProcessId from, abi::Handle handle, ProcessId to, abi::Rights rights,
                       std::uint32_t slot, std::uint64_t badge) {
    return {.kind = CommitKind::copy_capability,
            .rights = rights,
            .process = from,
            .to = to,
            .handle = handle,
            .slot = slot,
            .detail = {.badge = badge}};
}

/// What is too many is counted, so that it is refused.
Commit transfer_capabilities(ProcessId from, ProcessId to, std::span<const Given> given) {
    Batch batch{};
    for (std::size_t i = 0; i < std::min(given.size(), batch.handles.size()); ++i) {
        batch.handles[i] = to_word(given[i].handle);
        batch.rights[i] = given[i].rights.bits;
    }
    return {.kind = CommitKind::transfer_capabilities,
            .process = from,
            .to = to,
            .count = static_cast<std::uint32_t>(given.size()),
            .detail = {.batch = batch}};
}

Commit move_capability(ProcessId from, abi::Handle handle, ProcessId to, std::uint32_t slot) {
    return {.kind = CommitKind::move_capability, .process = from, .to = to, .handle = handle, .slot = slot};
}

Commit revoke_capability(ProcessId process, abi::Handle handle) {
    return {.kind = CommitKind::revoke_capability, .process = process, .handle = handle};
}

Commit delete_capability(ProcessId process, abi::Handle handle) {
    return {.kind = CommitKind::delete_capability, .process = process, .handle = handle};
}

Commit destroy_object(ProcessId process, abi::Handle handle) {
    return {.kind = CommitKind::destroy_object, .process = process, .handle = handle};
}

Commit grow_table(ProcessId process) { return {.kind = CommitKind::grow_table, .process = process}; }

Commit exit_process(ProcessId process, abi::Ending ending, std::int64_t code) {
    return {.kind = CommitKind::exit_process, .ending = ending, .process = process, .code = code};
}

Commit clear_table(ProcessId process) { return {.kind = CommitKind::clear_table, .process = process}; }

Commit reap_process(ProcessId process) { return {.kind = CommitKind::reap_process, .process = process}; }

Commit bind_name(ProcessId process, std::string_view name, abi::Handle handle) {
    return {
        .kind = CommitKind::bind_name, .process = process, .handle = handle, .detail = {.name = whole(name)}};
}

} // namespace axiom
