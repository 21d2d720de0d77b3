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

private:
    std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }

    axiom::ProcessId any_process(const AxiomModel& model, bool running = true);
    abi::Handle any_handle(const AxiomModel& model, axiom::ProcessId process);
    axiom::Commit sensible(const AxiomModel& model);
    void spoil(axiom::Commit& commit);

    std::mt19937_64 random_;
    bool filling_ = true;
};

} // namespace test
