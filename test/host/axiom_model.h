// State as plainly as can be: maps, with no thought of speed. What it answers, the real one must.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <vector>

#include "kernel/axiom/state.h"

namespace test {

class AxiomModel {
public:
    using Result = std::expected<axiom::Outcome, axiom::Error>;

    explicit AxiomModel(axiom::Capacity capacity) : capacity_(capacity) {}

    /// What apply() must answer. Which capabilities a step of destroy_object or revoke_capability deletes is
    /// not foretold: of those that may go, `after` says which there are still.
    Result apply(const axiom::Commit& commit, const axiom::State& after);

    /// Complains, by doctest checks, about each difference.
    void compare(const axiom::State& state) const;

    /// Something to choose from, for whoever makes random commits.
    std::vector<axiom::ProcessId> processes(bool running) const;
    std::vector<abi::Handle> handles(axiom::ProcessId process) const;

private:
    struct Slot {
        std::uint32_t generation = 0;
        std::uint64_t capability = 0;
    };

    struct Process {
        std::uint32_t id = 0;
        std::uint32_t parent = 0;
        std::uint64_t object = 0;
        std::string name;
        abi::Ending ending{};
        std::int64_t code = 0;
        axiom::Quota quota{};
        std::vector<Slot> slots;
        std::map<std::string, abi::Handle> names;
    };

    struct Object {
        abi::ObjectType type{};
        std::uint64_t size = 0;
        bool dying = false;
    };

    /// With holder 0: the place of one that was deleted, which holds two children or more together.
    struct Capability {
        std::uint64_t object = 0;
        std::uint32_t holder = 0;
        std::uint32_t slot = 0;
        abi::Rights rights{};
        std::uint64_t parent = 0;
        std::uint64_t badge = 0;
        bool revoking = false;
    };

    using Maybe = std::expected<void, axiom::Error>;

    Result create_process(const axiom::Commit& commit);
    Result create_object(const axiom::Commit& commit);
    Result copy_capability(const axiom::Commit& commit);
    Result move_capability(const axiom::Commit& commit);
    Result transfer_capabilities(const axiom::Commit& commit);
    Result revoke_capability(const axiom::Commit& commit, const axiom::State& after);
    Result delete_capability(const axiom::Commit& commit);
    Result destroy_object(const axiom::Commit& commit, const axiom::State& after);
    Result grow_table(const axiom::Commit& commit);
    Result clear_table(const axiom::Commit& commit);
    Result reap_process(const axiom::Commit& commit);
    Result exit_process(const axiom::Commit& commit);
    Result bind_name(const axiom::Commit& commit);

    std::expected<Process*, axiom::Error> running(axiom::ProcessId id);
    std::expected<Process*, axiom::Error> zombie(axiom::ProcessId id);
    std::uint64_t find(const Process& process, abi::Handle handle) const;
    std::expected<std::uint32_t, axiom::Error> choose(const Process& process, std::uint32_t slot) const;
    abi::Handle put(std::uint64_t capability, Process& process, std::uint32_t slot);
    abi::Handle add(std::uint64_t object, Process& process, std::uint32_t slot, abi::Rights rights,
                    std::uint64_t parent, std::uint64_t badge = 0);
    void drop(std::uint64_t capability, axiom::Outcome& outcome);
    void collapse(std::uint64_t capability);
    std::uint64_t source(std::uint64_t capability) const;
    bool derives_from(std::uint64_t capability, std::uint64_t ancestor) const;
    Maybe may_derive(std::uint64_t capability) const;
    std::expected<std::uint64_t, axiom::Error> check_transfer(const axiom::Commit& commit,
                                                              abi::Handle handle);
    bool is_there(const axiom::State& state, const Capability& capability) const;
    std::uint32_t count_blocks() const;
    std::uint32_t descendants(std::uint32_t id) const;
    std::uint32_t depth(std::uint32_t id) const;
    void compare_process(const axiom::State& state, const Process& process) const;
    bool is_same(const axiom::State& state, std::uint64_t id, const Capability& capability) const;
    bool has_same_parent(const axiom::State& state, std::uint64_t id, const axiom::Capability& found) const;

    axiom::Capacity capacity_;
    std::map<std::uint32_t, Process> processes_;
    std::map<std::uint64_t, Object> objects_;
    std::map<std::uint64_t, Capability> capabilities_;
    std::uint32_t last_process_ = 0, epoch_ = 0;
    std::uint64_t last_object_ = 0, last_capability_ = 0;
};

} // namespace test
