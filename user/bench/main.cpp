// What operations cost, in nanoseconds each: one line `bench NAME NANOSECONDS` per operation.
//
// The clock is read once before and once after many repetitions, so that reading it does not count.
#include <algorithm>
#include <array>

#include "user/bench/chain.h"
#include "user/bench/messages.h"
#include "user/bench/operations.h"
#include "user/lib/print.h"
#include "user/lib/program.h"

using namespace trivium;

namespace {

struct Benchmark {
    std::string_view name;
    Result<bench::Measured> (*measure)();
};

constexpr std::array<Benchmark, 12> benchmarks{{
    {"null_syscall", bench::null_syscall},
    {"ipc_call", bench::ipc_call},
    {"ipc_reply_receive", bench::ipc_reply_receive},
    {"ipc_round_trip", bench::ipc_round_trip},
    {"ipc_slow", bench::ipc_slow},
    {"signal_wake", bench::signal_wake},
    {"fault_round_trip", bench::fault_round_trip},
    {"capability_transfer", bench::capability_transfer},
    {"revoke_per_child", bench::revoke_per_child},
    {"yield", bench::yield},
    {"demand_zero_page", bench::demand_zero_page},
    {"spawn_exit_wait", bench::spawn_exit_wait},
}};

bool run(const Benchmark& benchmark) {
    const auto measured = benchmark.measure();
    if (measured)
        print("bench {} {}\n", benchmark.name,
              (measured->time.value + measured->repetitions / 2) / measured->repetitions);
    else
        print_error("bench {}: {}\n", benchmark.name, measured.error());
    return measured.has_value();
}

} // namespace

int main(Arguments arguments) {
    if (arguments.size() > 1 && arguments[1] == bench::partner_argument) bench::be_partner();
    if (arguments.size() > 1 && arguments[1] == bench::answerer_argument) return bench::be_answerer();
    if (arguments.size() > 1 && arguments[1] == bench::faulter_argument) return bench::be_faulter();
    if (arguments.size() > 2 && arguments[1] == bench::chain_argument) return bench::be_chain(arguments[2]);
    const bool all = arguments.size() < 2;
    bool succeeded = true;
    for (const Benchmark& benchmark : benchmarks)
        if (all || std::ranges::find(arguments, benchmark.name) != arguments.end())
            succeeded = run(benchmark) && succeeded;
    return succeeded ? 0 : 1;
}
