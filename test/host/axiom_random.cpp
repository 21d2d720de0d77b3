// Choosing commits by chance.
#include "test/host/axiom_random.h"

#include <array>
#include <cstring>
#include <string>

using namespace axiom;

namespace test {

ProcessId RandomCommits::any_process(const AxiomModel& model, bool running) {
    const auto ids = model.processes(running != (below(100) == 0));
    if (ids.empty() || below(200) == 0) return {below(64)};
    return ids[below(static_cast<std::uint32_t>(ids.size()))];
}

abi::Handle RandomCommits::any_handle(const AxiomModel& model, ProcessId process) {
    const auto handles = model.handles(process);
    if (handles.empty() || below(100) == 0) return {below(40), below(4)};
    return handles[below(static_cast<std::uint32_t>(handles.size()))];
}

/// Most have none.
std::uint64_t RandomCommits::any_badge() { return below(4) ? 0 : below(3) ? 1 + below(3) : random_(); }

abi::Rights RandomCommits::any_rights() {
    return {static_cast<std::uint16_t>(below(3) ? 0x7f & random_() : 0x7f)};
}

abi::Rights RandomCommits::mostly_all() { return below(4) ? abi::right::all : any_rights(); }

abi::ObjectType RandomCommits::any_type() { return static_cast<abi::ObjectType>(2 + below(10)); }

Commit RandomCommits::transfer(const AxiomModel& model, ProcessId from, ProcessId to) {
    std::array<Given, abi::most_transferred + 1> given;
    const std::size_t count = below(20) ? 1 + below(abi::most_transferred) : below(6);
    for (Given& each : std::span(given).first(count))
        each = {any_handle(model, from), below(2) ? abi::Rights{} : any_rights()};
    return transfer_capabilities(from, to, std::span(given).first(count));
}

/// Fills up for a while, then empties for a while, so that both ends are met.
Commit RandomCommits::sensible(const AxiomModel& model) {
    const ProcessId process = any_process(model), other = any_process(model);
    const abi::Handle handle = any_handle(model, process);
    const abi::Rights rights = any_rights();
    if (below(500) == 0) filling_ = !filling_;
    const std::string name = "name" + std::to_string(below(40));
    switch (below(filling_ ? 25 : 38)) {
    case 0:
    case 1: return create_process(below(50) ? process : ProcessId{}, name, {below(90), below(10)});
    case 2:
    case 3: return create_process(process, name, {16 + below(40), below(5)});
    case 4:
    case 5:
    case 6: return create_object(process, any_type(), random_(), rights);
    case 7:
    case 8:
    case 9:
    case 10:
    case 11:
    case 12:
    case 13:
        return copy_capability(process, handle, below(3) ? other : process, rights, any_slot, any_badge());
    case 14: return copy_capability(process, handle, other, rights, below(40), any_badge());
    case 15:
    case 16: return move_capability(process, handle, other, below(3) ? any_slot : below(40));
    case 17: return grow_table(process);
    case 18: return bind_name(process, name, below(3) ? handle : abi::Handle{});
    case 19: return delete_capability(process, handle);
    case 20: return below(20) ? clear_table(any_process(model, false)) : destroy_object(process, handle);
    case 21: return below(2000) ? reap_process(any_process(model, false)) : boot();
    case 22:
    case 23: return transfer(model, process, other);
    case 24: return revoke_capability(process, handle);
    case 25:
        return exit_process(process, static_cast<abi::Ending>(below(6)),
                            static_cast<std::int64_t>(random_()));
    case 26: return destroy_object(process, handle);
    case 27:
    case 28: return clear_table(any_process(model, false));
    case 29: return reap_process(any_process(model, false));
    default: return delete_capability(process, handle);
    }
}

/// Derives from what was derived last, so that trees get deep, or from anything.
abi::Handle RandomCommits::any_source(const AxiomModel& model, ProcessId process) {
    const auto handles = model.handles(process);
    return handles.empty() || below(2) ? any_handle(model, process) : handles.back();
}

Commit RandomCommits::on_capabilities(const AxiomModel& model) {
    const ProcessId process = any_process(model), other = below(3) ? any_process(model) : process;
    const abi::Handle handle = any_handle(model, process);
    if (below(400) == 0) filling_ = !filling_;
    switch (below(filling_ ? 16 : 24)) {
    case 0: return below(4) ? create_object(process, any_type(), 1, any_rights()) : grow_table(process);
    case 1: return below(8) ? grow_table(process) : create_process(process, "p", {16 + below(200), below(5)});
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
    case 7: return copy_capability(process, any_source(model, process), other, mostly_all());
    case 8: return copy_capability(process, handle, other, any_rights(), any_slot, any_badge());
    case 9: return copy_capability(process, handle, other, any_rights(), below(100), any_badge());
    case 10:
    case 11:
    case 12: return transfer(model, process, other);
    case 13: return move_capability(process, handle, other, below(3) ? any_slot : below(100));
    case 14: return revoke_capability(process, handle);
    case 15: return delete_capability(process, handle);
    case 16: return destroy_object(process, handle);
    case 17:
        return below(6) ? clear_table(any_process(model, false))
                        : exit_process(process, abi::Ending::exited, below(3));
    case 18:
        return below(2) ? clear_table(any_process(model, false)) : reap_process(any_process(model, false));
    case 19:
    case 20: return revoke_capability(process, handle);
    default: return delete_capability(process, handle);
    }
}

/// One field, or all, of any value.
void RandomCommits::spoil(Commit& commit) {
    std::array<std::byte, sizeof(Commit)> bytes;
    std::memcpy(&bytes, &commit, sizeof(commit));
    if (below(2)) {
        for (std::byte& byte : bytes) byte = static_cast<std::byte>(random_());
        const auto kind = static_cast<std::uint16_t>(below(16));
        if (below(4)) std::memcpy(&bytes, &kind, sizeof(kind));
    } else {
        const std::size_t at = below(sizeof(Commit) / 4) * 4;
        const std::array<std::uint32_t, 5> values{0, 1, 0xffff'ffff, 0x8000'0000,
                                                  static_cast<std::uint32_t>(random_())};
        std::memcpy(&bytes[at], &values[below(5)], 4);
    }
    std::memcpy(static_cast<void*>(&commit), &bytes, sizeof(commit));
}

Commit RandomCommits::next_on_capabilities(const AxiomModel& model) {
    if (model.processes(true).empty()) {
        const ProcessId zombie = any_process(model, false);
        return below(3) == 0   ? create_process({}, "init", {400, 8})
               : below(3) == 0 ? reap_process(zombie)
                               : clear_table(zombie);
    }
    Commit commit = on_capabilities(model);
    if (below(64) == 0) spoil(commit);
    return commit.kind == CommitKind::boot ? next_on_capabilities(model) : commit;
}

Commit RandomCommits::next(const AxiomModel& model) {
    if (model.processes(true).empty() && below(3))
        return create_process({}, "init", {48 + below(30), 4 + below(8)});
    Commit commit = sensible(model);
    if (below(8) == 0) spoil(commit);
    return commit;
}

} // namespace test
