// Random numbers to a disk, a piece at a time.
#include "kernel/monitor/random_disk.h"

#include <algorithm>
#include <string_view>

#include "kernel/monitor/block_job.h"
#include "kernel/random/random.h"

namespace monitor {
namespace {

constexpr std::uint64_t sectors_per_piece = 128;

/// Carries out an operation with what is in the job's memory. Why it was not done; empty when it was.
std::string_view perform(BlockJob& job, device::BlockDevice& disk, device::BlockOperation operation,
                         std::uint64_t sector = 0, std::uint64_t sectors = 0) {
    job.start(disk, operation, sector, sectors);
    if (!wait_for(job)) return "^C";
    return job.result() ? std::string_view() : abi::name(job.result().error());
}

std::string_view write_piece(BlockJob& job, device::BlockDevice& disk, std::uint64_t sector,
                             std::uint64_t sectors) {
    const auto filled = randomness::fill(job.data().first(sectors * device::sector_size));
    if (!filled) return abi::name(filled.error());
    return perform(job, disk, device::BlockOperation::write, sector, sectors);
}

} // namespace

void write_random_sectors(std::uint64_t sector, std::uint64_t sectors, base::Sink out) {
    device::BlockDevice* const disk = device::block_device(0);
    if (!disk) return base::format(out, "random disk: there is no block device (DISK=FILE attaches one)\n");
    const auto job = BlockJob::create(sectors_per_piece * device::sector_size);
    if (!job) return base::format(out, "random disk: out of memory\n");

    std::string_view trouble;
    std::uint64_t written = 0;
    while (written < sectors && trouble.empty()) {
        const std::uint64_t piece = std::min(sectors_per_piece, sectors - written);
        trouble = write_piece(*job, *disk, sector + written, piece);
        if (trouble.empty()) written += piece;
    }
    if (trouble.empty()) trouble = perform(*job, *disk, device::BlockOperation::flush);
    base::format(out, "random disk: {} random sectors written to {}, from {} on\n", written, disk->name(),
                 sector);
    if (!trouble.empty()) base::format(out, "random disk: ended early: {}\n", trouble);
}

} // namespace monitor
