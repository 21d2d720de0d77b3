// Benchmarks of block devices. Nanoseconds are instructions where QEMU counts an instruction as one
// (-icount shift=0); what runs against the host's disk is measured by the clock.
#include "kernel/monitor/bench.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "hal/timer.h"
#include "kernel/device/console_input.h"
#include "kernel/monitor/awake_clock.h"
#include "kernel/monitor/block_job.h"
#include "kernel/schedule/idle.h"

namespace monitor {
namespace {

using device::BlockDevice;
using device::BlockOperation;
using device::sector_size;

/// What a benchmark measured, or why it did not.
using Reason = base::Text<40>;
using Measured = std::expected<std::uint64_t, Reason>;

std::unexpected<Reason> because(std::string_view reason) { return std::unexpected(Reason(reason)); }

std::unexpected<Reason> because(abi::Error error) { return because(abi::name(error)); }

/// The mean of the middle half of all samples: what the odd timer interrupt adds is left out.
std::uint64_t interquartile_mean(std::span<std::uint64_t> samples) {
    std::ranges::sort(samples);
    const auto middle = samples.subspan(samples.size() / 4, samples.size() / 2);
    return std::accumulate(middle.begin(), middle.end(), std::uint64_t{0}) / middle.size();
}

/// One read of a block after the other, from submission to the end of its interrupt; without the sleep
/// between.
Measured measure_request(BlockDevice& device) {
    constexpr std::uint64_t requests = 2000;
    const std::uint64_t sectors = device.geometry().block_size / sector_size;
    const std::uint64_t places = std::max<std::uint64_t>(device.geometry().sectors / sectors, 1);
    const auto job = BlockJob::create(sectors * sector_size);
    const std::unique_ptr<std::uint64_t[]> samples(new std::uint64_t[requests]);
    if (!job || !samples) return because(abi::Error::out_of_memory);
    for (std::uint64_t i = 0; i < requests; ++i) {
        AwakeClock clock;
        job->start(device, BlockOperation::read, i % places * sectors, sectors);
        if (!clock.wait_until([&] { return job->is_done(); })) return because("^C");
        samples[i] = clock.elapsed().value;
        if (!job->result()) return because(job->result().error());
    }
    return interquartile_mean({samples.get(), requests});
}

/// Serves interrupts until the condition holds; false when Ctrl-C came first.
template <class Condition>
bool wait_until(Condition condition) {
    bool interrupted = false;
    schedule::idle_until([&] { return condition() || (interrupted = device::was_interrupted()); });
    return !interrupted;
}

/// 64 KiB after 64 KiB from the disk's beginning on, many at once; in MiB/s.
Measured measure_stream(BlockDevice& device, BlockOperation operation) {
    constexpr std::uint64_t chunk = 64 * 1024 / sector_size;
    constexpr std::uint64_t most_chunks = 4096;
    const std::uint64_t chunks = std::min(device.geometry().sectors / chunk, most_chunks);
    std::array<BlockJob::Owner, 32> jobs;
    for (BlockJob::Owner& job : jobs)
        if (!(job = BlockJob::create(chunk * sector_size))) return because(abi::Error::out_of_memory);
    const auto is_done = [](const BlockJob::Owner& job) { return job->is_done(); };
    std::uint64_t started = 0;
    const base::Nanoseconds before = hal::now();
    while (started < chunks) {
        for (BlockJob::Owner& job : jobs) {
            if (started == chunks || !job->is_done()) continue;
            if (!job->result()) return because(job->result().error());
            job->start(device, operation, started++ * chunk, chunk);
        }
        if (!wait_until([&] { return std::ranges::any_of(jobs, is_done); })) return because("^C");
    }
    for (const BlockJob::Owner& job : jobs) {
        if (!wait_for(*job)) return because("^C");
        if (!job->result()) return because(job->result().error());
    }
    const std::uint64_t microseconds = std::max<std::uint64_t>((hal::now() - before).value / 1'000, 1);
    return chunks * chunk * sector_size * 1'000'000 / microseconds >> 20;
}

struct Benchmark {
    std::string_view name;
    std::string_view unit;
    std::string_view what;
    Measured (*measure)(BlockDevice& device);
};

constexpr std::array benchmarks{
    Benchmark{"blk_request", "ns", "one read of a block, alone: mean of the middle half of 2000",
              measure_request},
    Benchmark{"blk_read_mib_s", "MiB/s", "sequential 64 KiB reads, 32 at once",
              [](BlockDevice& device) { return measure_stream(device, BlockOperation::read); }},
    Benchmark{"blk_write_mib_s", "MiB/s", "the same with writes: overwrites the disk",
              [](BlockDevice& device) { return measure_stream(device, BlockOperation::write); }},
};

void run(const Context& context, const Benchmark& benchmark) {
    BlockDevice* const device = device::block_device(0);
    const Measured measured = device ? benchmark.measure(*device) : because("there is no block device");
    if (measured)
        base::format(context.out, "bench {} {} {}\n", benchmark.name, *measured, benchmark.unit);
    else
        base::format(context.out, "bench {}: not measured: {}\n", benchmark.name, measured.error());
}

} // namespace

void run_bench(const Context& context, Arguments arguments) {
    const std::string_view name = arguments.word();
    for (const Benchmark& benchmark : benchmarks)
        if (benchmark.name == name) return run(context, benchmark);
    if (!name.empty()) base::format(context.out, "bench: no benchmark is called '{}', but\n", name);
    for (const Benchmark& benchmark : benchmarks)
        base::format(context.out, "  bench {:<18}{}\n", benchmark.name, benchmark.what);
}

} // namespace monitor
