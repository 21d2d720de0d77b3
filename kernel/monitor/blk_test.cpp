// The test's course: random requests, a flush, then a read of everything that was written.
#include "kernel/monitor/blk_test.h"

#include <algorithm>
#include <array>
#include <utility>

#include "hal/timer.h"
#include "kernel/base/pseudo_random.h"
#include "kernel/device/console_input.h"
#include "kernel/monitor/blk_area.h"
#include "kernel/monitor/block_job.h"
#include "kernel/schedule/idle.h"

namespace monitor {
namespace {

using device::BlockOperation;
using device::sector_size;
using Report = base::Text<120>; ///< What went wrong; empty while nothing has.

constexpr std::uint64_t largest_request = 32 * 1024;
constexpr std::uint64_t smallest_area = 2 * 1024; ///< In blocks.
constexpr std::uint64_t largest_area = 128 * 1024;

/// Small enough that most blocks are read and written several times.
std::uint64_t area_size(const device::BlockGeometry& geometry, std::uint64_t sectors) {
    const std::uint64_t block_sectors = geometry.block_size / sector_size;
    return std::min(geometry.sectors / block_sectors,
                    std::clamp(sectors / block_sectors / 4, smallest_area, largest_area));
}

class Trial {
public:
    Trial(device::BlockDevice& device, std::uint64_t sectors, std::uint64_t seed)
        : device_(device), geometry_(device.geometry()), random_(seed), left_(sectors),
          area_(geometry_, area_size(geometry_, sectors), random_.next(), seed) {}

    /// What went wrong, if anything did. Ctrl-C does too.
    Report run();
    Report summary() const;

private:
    /// A job, and the blocks that it works on: none while it does nothing.
    struct Worker {
        BlockJob::Owner job;
        TestBlocks blocks;
    };

    using Choose = bool (Trial::*)(Worker& worker);

    bool prepare();
    Report keep_busy(Choose choose);
    Report flush();
    bool choose_at_random(Worker& worker);
    TestBlocks random_blocks();
    bool choose_next_written(Worker& worker);
    void start(Worker& worker, BlockOperation operation, TestBlocks blocks);
    Report finish(Worker& worker);

    device::BlockDevice& device_;
    device::BlockGeometry geometry_;
    base::PseudoRandom random_;
    std::uint64_t left_; ///< Sectors that are still to be moved.
    TestArea area_;
    std::array<Worker, 64> workers_;
    std::uint64_t swept_ = 0; ///< Blocks behind which the final read goes on.
    std::size_t busy_ = 0;
    std::size_t most_busy_ = 0;
    std::uint64_t reads_ = 0;
    std::uint64_t writes_ = 0;
};

Report Trial::run() {
    if (geometry_.read_only) return "the device is read-only";
    if (area_size(geometry_, left_) == 0) return "the device has no blocks";
    if (!prepare()) return "out of memory";
    Report wrong = keep_busy(&Trial::choose_at_random);
    if (wrong.view().empty()) wrong = flush();
    if (wrong.view().empty()) wrong = keep_busy(&Trial::choose_next_written);
    return wrong;
}

bool Trial::prepare() {
    for (Worker& worker : workers_)
        if (!(worker.job = BlockJob::create(largest_request))) return false;
    return area_.prepare();
}

/// Gives work to all that have none, until there is none left and all is done.
Report Trial::keep_busy(Choose choose) {
    for (;;) {
        for (Worker& worker : workers_)
            if (worker.blocks.empty() && !(this->*choose)(worker)) break;
        if (busy_ == 0) return {};
        most_busy_ = std::max(most_busy_, busy_);
        const auto is_finished = [](const Worker& worker) {
            return !worker.blocks.empty() && worker.job->is_done();
        };
        bool interrupted = false;
        schedule::idle_until([&] {
            return (interrupted = device::was_interrupted()) || std::ranges::any_of(workers_, is_finished);
        });
        if (interrupted) return "^C";
        for (Worker& worker : workers_)
            if (is_finished(worker))
                if (const Report wrong = finish(worker); !wrong.view().empty()) return wrong;
    }
}

Report Trial::flush() {
    BlockJob& job = *workers_[0].job;
    job.start(device_, BlockOperation::flush, 0, 0);
    if (!wait_for(job)) return "^C";
    return job.result() ? Report() : Report::of("the flush failed: {}", job.result().error());
}

/// Somewhere where nobody else works. What was never written cannot be verified, and so is written.
bool Trial::choose_at_random(Worker& worker) {
    for (int attempt = 0; attempt < 8 && left_ > 0; ++attempt) {
        const TestBlocks blocks = random_blocks();
        if (any_busy(blocks)) continue;
        const bool reads = all_written(blocks) && random_.below(2) == 0;
        left_ -= std::min(left_, area_.sectors_in(blocks));
        start(worker, reads ? BlockOperation::read : BlockOperation::write, blocks);
        return true;
    }
    return false;
}

/// Of any length, but short ones more often.
TestBlocks Trial::random_blocks() {
    const TestBlocks all = area_.blocks();
    const std::uint64_t first = random_.below(all.size());
    const std::uint64_t most = random_.below(2) == 0 ? 8 : largest_request / geometry_.block_size;
    return all.subspan(first, 1 + random_.below(std::min(most, all.size() - first)));
}

bool Trial::choose_next_written(Worker& worker) {
    const TestBlocks rest = area_.blocks().subspan(swept_);
    const auto is_written = [](const TestBlock& block) { return block.generation != 0; };
    const auto first = std::ranges::find_if(rest, is_written);
    const auto end = std::find_if_not(first, rest.end(), is_written);
    if (first == end) return false;
    const std::uint64_t count = std::min<std::uint64_t>(largest_request / geometry_.block_size, end - first);
    const TestBlocks blocks(first, count);
    swept_ += (first - rest.begin()) + count;
    start(worker, BlockOperation::read, blocks);
    return true;
}

void Trial::start(Worker& worker, BlockOperation operation, TestBlocks blocks) {
    worker.blocks = blocks;
    ++busy_;
    ++(operation == BlockOperation::read ? reads_ : writes_);
    for (TestBlock& block : blocks) {
        block.busy = 1;
        if (operation == BlockOperation::write) ++block.generation;
    }
    if (operation == BlockOperation::write) area_.fill(blocks, worker.job->data());
    worker.job->start(device_, operation, area_.sector_of(blocks), area_.sectors_in(blocks));
}

Report Trial::finish(Worker& worker) {
    const TestBlocks blocks = std::exchange(worker.blocks, {});
    --busy_;
    for (TestBlock& block : blocks) block.busy = 0;
    const BlockOperation operation = worker.job->request().operation;
    if (!worker.job->result())
        return Report::of("{} of {} sectors from sector {} failed: {}", name(operation),
                          area_.sectors_in(blocks), area_.sector_of(blocks), worker.job->result().error());
    return operation == BlockOperation::read ? area_.compare(blocks, worker.job->data()) : Report();
}

Report Trial::summary() const {
    return Report::of("{} reads, {} writes, up to {} in flight", reads_, writes_, most_busy_);
}

} // namespace

void test_block_device(device::BlockDevice& device, std::uint64_t sectors, std::uint64_t seed,
                       base::Sink sink) {
    const base::Nanoseconds start = hal::now();
    const std::unique_ptr<Trial> trial(new Trial(device, sectors, seed));
    const Report wrong = trial ? trial->run() : Report("out of memory");
    const auto say = [&](std::string_view text) {
        base::format(sink, "blk test {} {}: {}\n", sectors, seed, text);
    };
    if (!wrong.view().empty()) return say(wrong);
    const std::uint64_t took = (hal::now() - start).value / 1'000'000;
    say(base::Text<160>::of("{}, {} ms", trial->summary(), took));
    say("passed");
}

} // namespace monitor
