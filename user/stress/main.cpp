// Everything at once, from several threads: stress [SECONDS [SEED]].
//
// Each thread spawns, waits, kills, maps, touches, unmaps and starts threads, at random. Limits may stop
// single operations, and do; any other error is a failure.
#include <array>

#include "user/lib/number.h"
#include "user/lib/print.h"
#include "user/lib/program.h"
#include "user/lib/thread.h"
#include "user/lib/time.h"
#include "user/stress/operations.h"

using namespace trivium;

namespace {

struct Worker {
    std::uint64_t seed = 0;
    std::uint64_t deadline = 0;
    stress::Tally tally;
};

std::int64_t work(void* argument) {
    auto& worker = *static_cast<Worker*>(argument);
    base::PseudoRandom random(worker.seed);
    while (now().value < worker.deadline) stress::operate(random, worker.tally);
    return 0;
}

int run(std::uint64_t duration, std::uint64_t seed) {
    std::array<Worker, 6> workers{};
    std::array<Thread, 6> threads;
    const std::uint64_t deadline = (now() + seconds(duration)).value;
    for (std::size_t i = 0; i < workers.size(); ++i) {
        workers[i] = {seed * 100 + i, deadline, {}};
        if (auto started = Thread::start(work, &workers[i])) threads[i] = std::move(*started);
    }
    stress::Tally total;
    for (std::size_t i = 0; i < workers.size(); ++i) {
        (void)threads[i].join();
        total.add(workers[i].tally);
    }
    print("stress: seed {}: {} operations, {} stopped by limits, {} failed\n", seed, total.operations,
          total.limited, total.failed);
    return total.failed == 0 && total.operations > 0 ? 0 : 1;
}

} // namespace

int main(Arguments arguments) {
    const auto duration = arguments.size() > 1 ? parse_number(arguments[1]) : 5;
    const auto seed = arguments.size() > 2 ? parse_number(arguments[2]) : 1;
    if (arguments.size() > 1 && arguments[1] == "wait") (void)call::sleep(never); // A victim.
    if (duration && seed) return run(*duration, *seed);
    print_error("usage: stress [SECONDS [SEED]]\n");
    return 2;
}
