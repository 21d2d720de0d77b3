// Random commits: most of them fit, some nearly do, some are bytes without a meaning.
#pragma once

#include <random>

#include "kernel/axiom/commit.h"
#include "test/host/axiom_model.h"

namespace test {

class RandomCommits {
public:
    explicit RandomCommits(std::uint64_t seed) : random_(seed) {}

    axiom::Commit next(const AxiomModel& model);
    /// The same, with an eye to capabilities: trees get deep and wide, and are taken down again.
    axiom::Commit next_on_capabilities(const AxiomModel& model);

private:
    std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }

    axiom::ProcessId any_process(const AxiomModel& model, bool running = true);
    abi::Handle any_handle(const AxiomModel& model, axiom::ProcessId process);
    std::uint64_t any_badge();
    abi::Rights any_rights();
    abi::Rights mostly_all();
    abi::ObjectType any_type();
    abi::Handle any_source(const AxiomModel& model, axiom::ProcessId process);
    axiom::Commit on_capabilities(const AxiomModel& model);
    axiom::Commit transfer(const AxiomModel& model, axiom::ProcessId from, axiom::ProcessId to);
    axiom::Commit sensible(const AxiomModel& model);
    void spoil(axiom::Commit& commit);

    std::mt19937_64 random_;
    bool filling_ = true;
};

} // namespace test
