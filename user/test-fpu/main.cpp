// Floating-point registers survive switches, migration, and other threads that use them, too.
//
// Each thread computes a sequence that no rounding, and no lost register, would leave as it is; the result of
// doing it alone is what all must come to.
#include <array>
#include <bit>

#include "user/lib/check.h"
#include "user/lib/program.h"
#include "user/lib/thread.h"
#include "user/lib/time.h"

using namespace trivium;

namespace {

constexpr std::size_t values = 16; // More than that no machine keeps in registers across so many steps.
constexpr int steps = 300'000;

/// A thread's work: where it begins, how often it lets others run, and what it comes to.
struct Work {
    double start = 0;
    bool moves = false; ///< From CPU to CPU meanwhile.
    std::uint64_t result = 0;
};

/// The logistic map, chaotic at this factor: the smallest disturbance changes all that follows.
[[gnu::always_inline]] inline double step(double x) { return 3.9999 * x * (1 - x); }

std::uint64_t compute(double start, bool moves) {
    std::array<double, values> x;
    for (std::size_t i = 0; i < values; ++i) x[i] = start + 0.001 * static_cast<double>(i);
    for (int n = 0; n < steps; ++n) {
        for (double& each : x) each = step(each);
        if (moves && n % 5000 == 0) // A CPU that there is not is refused.
            (void)call::set_affinity(abi::self_process, 1u << (n / 5000 % 8));
        if (n % 10'000 == 0) (void)call::yield();
    }
    std::uint64_t sum = 0;
    for (const double each : x) sum = std::rotl(sum, 7) ^ std::bit_cast<std::uint64_t>(each);
    return sum;
}

std::int64_t run(void* argument) {
    auto& work = *static_cast<Work*>(argument);
    work.result = compute(work.start, work.moves);
    return 0;
}

constexpr std::array<double, 6> starts{0.11, 0.23, 0.35, 0.47, 0.59, 0.71};

void test_together(Checks& checks, std::string_view what, bool moves) {
    std::array<std::uint64_t, starts.size()> alone;
    for (std::size_t i = 0; i < starts.size(); ++i) alone[i] = compute(starts[i], false);
    std::array<Work, starts.size()> work;
    std::array<Thread, starts.size()> threads;
    for (std::size_t i = 0; i < starts.size(); ++i) {
        work[i] = {starts[i], moves, 0};
        if (auto started = Thread::start(run, &work[i])) threads[i] = std::move(*started);
    }
    bool equal = true;
    for (std::size_t i = 0; i < starts.size(); ++i) {
        (void)threads[i].join();
        equal = work[i].result == alone[i] && equal;
    }
    checks.check(equal, what);
}

} // namespace

int main(Arguments) {
    Checks checks("test-fpu");
    test_together(checks, "six threads compute what each computes alone", false);
    test_together(checks, "also while they move between CPUs", true);
    (void)call::set_affinity(abi::self_process, ~std::uint64_t{0});
    return checks.finish();
}
