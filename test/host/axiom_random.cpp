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

/// Fills up for a while, then empties for a while, so that both ends are met.
Commit RandomCommits::sensible(const AxiomModel& model) {
    const ProcessId process = any_process(model), other = any_process(model);
    const abi::Handle handle = any_handle(model, process);
    const abi::Rights rights{static_cast<std::uint16_t>(below(3) ? 0x7f & random_() : 0x7f)};
    if (below(500) == 0) filling_ = !filling_;
    const std::string name = "name" + std::to_string(below(40));
    switch (below(filling_ ? 22 : 34)) {
    case 0:
    case 1: return create_process(below(50) ? process : ProcessId{}, name, {below(90), below(10)});
    case 2:
    case 3: return create_process(process, name, {16 + below(40), below(5)});
    case 4:
    case 5:
    case 6: return create_object(process, static_cast<abi::ObjectType>(2 + below(10)), random_(), rights);
    case 7:
    case 8:
    case 9:
    case 10:
    case 11:
    case 12:
    case 13: return copy_capability(process, handle, below(3) ? other : process, rights);
    case 14: return copy_capability(process, handle, other, rights, below(40));
    case 15:
    case 16: return move_capability(process, handle, other);
    case 17: return grow_table(process);
    case 18: return bind_name(process, name, below(3) ? handle : abi::Handle{});
    case 19: return delete_capability(process, handle);
    case 20: return below(20) ? clear_table(any_process(model, false)) : destroy_object(process, handle);
    case 21: return below(2000) ? reap_process(any_process(model, false)) : boot();
    case 22:
        return exit_process(process, static_cast<abi::Ending>(below(6)),
                            static_cast<std::int64_t>(random_()));
    case 23: return destroy_object(process, handle);
    case 24:
    case 25: return clear_table(any_process(model, false));
    case 26: return reap_process(any_process(model, false));
    default: return delete_capability(process, handle);
    }
}

/// One field, or all, of any value.
void RandomCommits::spoil(Commit& commit) {
    std::array<std::byte, sizeof(Commit)> bytes;
    std::memcpy(&bytes, &commit, sizeof(commit));
    if (below(2)) {
        for (std::byte& byte : bytes) byte = static_cast<std::byte>(random_());
        const auto kind = static_cast<std::uint16_t>(below(14));
        if (below(4)) std::memcpy(&bytes, &kind, sizeof(kind));
    } else {
        const std::size_t at = below(sizeof(Commit) / 4) * 4;
        const std::array<std::uint32_t, 5> values{0, 1, 0xffff'ffff, 0x8000'0000,
                                                  static_cast<std::uint32_t>(random_())};
        std::memcpy(&bytes[at], &values[below(5)], 4);
    }
    std::memcpy(static_cast<void*>(&commit), &bytes, sizeof(commit));
}

Commit RandomCommits::next(const AxiomModel& model) {
    if (model.processes(true).empty() && below(3))
        return create_process({}, "init", {48 + below(30), 4 + below(8)});
    Commit commit = sensible(model);
    if (below(8) == 0) spoil(commit);
    return commit;
}

} // namespace test
