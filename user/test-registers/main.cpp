// Registers survive preemption: threads compute by turns on one CPU, interrupted between any two
// instructions, and come to what each computes alone.
#include <array>
#include <cstdint>

#include "user/lib/check.h"
#include "user/lib/program.h"
#include "user/lib/thread.h"

using namespace trivium;

namespace {

constexpr std::uint64_t first_cpu = 1;
constexpr std::size_t values = 20; // More than there are registers, all of which each step needs.
constexpr std::uint64_t steps = 60'000;

struct Work {
    std::uint64_t seed = 0;
    std::uint64_t expected = 0;
    std::uint64_t result = 0;
};

/// Sums and carries: what is in the flags between an addition and what asks for its carry counts, too.
std::uint64_t compute(std::uint64_t seed) {
    std::array<std::uint64_t, values> x{};
    for (std::size_t i = 0; i < values; ++i) x[i] = seed * (2 * i + 1);
    for (std::uint64_t n = 0; n < steps; ++n)
#pragma GCC unroll 20
        for (std::size_t i = 0; i < values; ++i) {
            const bool carry =
                __builtin_add_overflow(x[i], x[(i + 7) % values] * 0x9e37'79b9'7f4a'7c15, &x[i]);
            x[(i + 13) % values] ^= (x[i] >> 29) + carry;
        }
    std::uint64_t sum = 0;
    for (const std::uint64_t each : x) sum = sum * 31 + each;
    return sum;
}

std::int64_t run(void* argument) {
    auto& work = *static_cast<Work*>(argument);
    work.result = compute(work.seed);
    return 0;
}

} // namespace

int main(Arguments) {
    Checks checks("test-registers");
    if (!checks.succeeds(call::set_affinity(abi::self_process, first_cpu), "stay on one CPU")) return 1;
    std::array<Work, 3> work{{{0x0123'4567'89ab'cdef}, {0xfedc'ba98'7654'3211}, {0x5555'5555'aaaa'aaab}}};
    for (Work& each : work) each.expected = compute(each.seed);
    std::array<Thread, work.size()> threads;
    for (std::size_t i = 0; i < work.size(); ++i)
        if (auto started = Thread::start(run, &work[i])) threads[i] = std::move(*started);
    bool equal = true;
    for (std::size_t i = 0; i < work.size(); ++i)
        equal = threads[i].join().has_value() && work[i].result == work[i].expected && equal;
    checks.check(equal, "three threads compute by turns what each computes alone");
    return checks.finish();
}
