// Block devices at the prompt: sectors read and written, and what became of them.
#include "kernel/monitor/blk.h"

#include <algorithm>
#include <array>

#include "kernel/monitor/blk_test.h"
#include "kernel/monitor/block_job.h"

namespace monitor {
namespace {

using device::BlockDevice;
using device::BlockOperation;
using device::sector_size;

constexpr std::uint64_t most_sectors = 64; ///< Shown by one `blk read`.

constinit std::size_t selected = 0; ///< The device that the commands act on.

/// A run of sectors.
struct Sectors {
    std::uint64_t first = 0;
    std::uint64_t count = 0;

    bool fits(std::uint64_t capacity) const { return first < capacity && count <= capacity - first; }
};

/// The whole blocks that hold these sectors: nothing less can be read or written.
Sectors whole_blocks(Sectors sectors, std::uint32_t block_size) {
    const std::uint64_t block = block_size / sector_size;
    const std::uint64_t first = base::align_down(sectors.first, block);
    return {first, base::align_up(sectors.first + sectors.count, block) - first};
}

/// "sector 5" or "sectors 5 to 9".
base::Text<60> words_for(Sectors sectors) {
    if (sectors.count == 1) return base::Text<60>::of("sector {}", sectors.first);
    return base::Text<60>::of("sectors {} to {}", sectors.first, sectors.first + sectors.count - 1);
}

bool check_range(const Context& context, BlockDevice& device, Sectors sectors) {
    const std::uint64_t capacity = device.geometry().sectors;
    if (sectors.fits(capacity)) return true;
    base::format(context.out, "blk: {} would be beyond the end: {} has {} sectors\n", words_for(sectors),
                 device.name(), capacity);
    return false;
}

/// Carries out one operation and waits for it. False, and a line that says so, when it failed or Ctrl-C came.
bool perform(const Context& context, BlockDevice& device, BlockJob& job, BlockOperation operation,
             Sectors sectors) {
    job.start(device, operation, sectors.first, sectors.count);
    const bool done = wait_for(job);
    if (done && job.result()) return true;
    if (!done)
        base::format(context.out, "^C\n");
    else if (operation == BlockOperation::flush)
        base::format(context.out, "blk: flush of {} failed: {}\n", device.name(), job.result().error());
    else
        base::format(context.out, "blk: {} of {} on {} failed: {}\n", name(operation), words_for(sectors),
                     device.name(), job.result().error());
    return false;
}

BlockJob::Owner create_job(const Context& context, std::uint64_t sectors) {
    auto job = BlockJob::create(sectors * sector_size);
    if (!job) base::format(context.out, "blk: out of memory\n");
    return job;
}

/// One line of 16 bytes as `hexdump -C` has it; the offset is that on the disk.
void dump_line(const Context& context, std::uint64_t offset, std::span<const std::byte, 16> bytes) {
    base::Text<64> text;
    base::Text<16> characters;
    for (const std::byte byte : bytes) {
        const auto character = static_cast<char>(byte);
        base::format(text.sink(), " {:02x}", static_cast<std::uint8_t>(byte));
        characters.append({character >= ' ' && character <= '~' ? &character : ".", 1});
    }
    base::format(context.out, "{:08x} {}  |{}|\n", offset, text, characters);
}

void read(const Context& context, BlockDevice& device, Arguments& arguments) {
    const auto sector = arguments.number();
    const auto count = arguments.empty() ? 1 : arguments.number();
    if (!sector || !count || *count == 0 || *count > most_sectors) {
        base::format(context.out, "blk read: which sector, and how many (1 to {})?\n", most_sectors);
        return;
    }
    const Sectors wanted{*sector, *count};
    if (!check_range(context, device, wanted)) return;
    const Sectors blocks = whole_blocks(wanted, device.geometry().block_size);
    const auto job = create_job(context, blocks.count);
    if (!job || !perform(context, device, *job, BlockOperation::read, blocks)) return;
    const std::span<const std::byte> data = job->data().subspan((wanted.first - blocks.first) * sector_size);
    for (std::uint64_t at = 0; at < wanted.count * sector_size; at += 16)
        dump_line(context, wanted.first * sector_size + at, data.subspan(at).first<16>());
}

/// Without a cache a completed write is durable already.
void flush_written(const Context& context, BlockDevice& device, BlockJob& job, Sectors written) {
    if (device.geometry().write_through) {
        base::format(context.out, "{} of {} written: durable, for there is no cache to flush\n",
                     words_for(written), device.name());
        return;
    }
    const bool flushed = perform(context, device, job, BlockOperation::flush, {});
    base::format(context.out, "{} of {} written{}\n", words_for(written), device.name(),
                 flushed ? " and flushed: durable" : ", but not durable");
}

/// What the sector's block holds besides it is kept.
void write(const Context& context, BlockDevice& device, Arguments& arguments) {
    const auto sector = arguments.number();
    const std::string_view text = arguments.rest();
    if (!sector || text.empty()) {
        base::format(context.out, "blk write: which sector, and which text?\n");
        return;
    }
    const Sectors wanted{*sector, 1};
    if (!check_range(context, device, wanted)) return;
    const Sectors blocks = whole_blocks(wanted, device.geometry().block_size);
    const auto job = create_job(context, blocks.count);
    if (!job) return;
    if (blocks.count > 1 && !perform(context, device, *job, BlockOperation::read, blocks)) return;
    const auto place = job->data().subspan((wanted.first - blocks.first) * sector_size, sector_size);
    std::ranges::fill(place, std::byte{0});
    std::ranges::copy(std::as_bytes(std::span(text)), place.begin());
    if (perform(context, device, *job, BlockOperation::write, blocks))
        flush_written(context, device, *job, wanted);
}

void flush(const Context& context, BlockDevice& device, Arguments&) {
    const auto job = create_job(context, 0);
    if (!job || !perform(context, device, *job, BlockOperation::flush, {})) return;
    base::format(context.out, "{} flushed{}\n", device.name(),
                 device.geometry().write_through ? ": it has no cache, all that is written is durable" : "");
}

void discard(const Context& context, BlockDevice& device, Arguments& arguments) {
    const auto sector = arguments.number();
    const auto count = arguments.empty() ? 1 : arguments.number();
    if (!sector || !count || *count == 0) {
        base::format(context.out, "blk discard: which sector, and how many?\n");
        return;
    }
    const Sectors wanted{*sector, *count};
    if (!check_range(context, device, wanted)) return;
    const auto job = create_job(context, 0);
    if (!job || !perform(context, device, *job, BlockOperation::discard, wanted)) return;
    base::format(context.out, "{} of {} discarded\n", words_for(wanted), device.name());
}

void test(const Context& context, BlockDevice& device, Arguments& arguments) {
    const auto sectors = arguments.number();
    const auto seed = arguments.empty() ? 1 : arguments.number();
    if (!sectors || *sectors == 0 || !seed)
        base::format(context.out, "blk test: how many sectors, and which seed? It overwrites the disk\n");
    else
        test_block_device(device, *sectors, *seed, context.out);
}

void print_device(const Context& context, BlockDevice& device, bool is_selected) {
    const device::BlockGeometry geometry = device.geometry();
    const device::BlockStatistics statistics = device.statistics();
    base::format(context.out, "{}{}: {} sectors ({} MiB) in blocks of {} bytes, {}, {}{}, serial '{}'\n",
                 device.name(), is_selected ? " (in use)" : "", geometry.sectors, geometry.sectors >> 11,
                 geometry.block_size, geometry.read_only ? "read-only" : "writable",
                 geometry.write_through ? "write-through" : "cached", geometry.can_discard ? ", discard" : "",
                 geometry.serial);
    base::format(context.out, "  {} requests completed, {} of them failed; {} in flight, {} at most\n",
                 statistics.completed, statistics.failed, statistics.in_flight, statistics.most_in_flight);
}

void stat(const Context& context, BlockDevice& device, Arguments&) {
    for (std::size_t i = 0; BlockDevice* each = device::block_device(i); ++i)
        print_device(context, *each, each == &device);
}

void use(const Context& context, BlockDevice& device, Arguments& arguments) {
    const auto index = arguments.number();
    if (index && device::block_device(*index))
        selected = *index;
    else
        base::format(context.out, "blk use: which? `blk stat` lists them; still {}\n", device.name());
}

struct Action {
    std::string_view name;
    std::string_view usage;
    std::string_view help;
    void (*run)(const Context& context, BlockDevice& device, Arguments& arguments);
};

constexpr std::array actions{
    Action{"read", "SECTOR [N]", "shows N sectors, up to 64", read},
    Action{"write", "SECTOR TEXT", "fills a sector with a text and zeros, and flushes", write},
    Action{"flush", "", "makes durable what was written", flush},
    Action{"discard", "SECTOR [N]", "says that N sectors are no longer needed", discard},
    Action{"test", "SECTORS [SEED]", "so many sectors of random reads and writes; overwrites the disk", test},
    Action{"stat", "", "size, properties and counts of each device", stat},
    Action{"use", "N", "the other commands act on that device from now on", use},
};

} // namespace

void run_blk(const Context& context, Arguments arguments) {
    const std::string_view word = arguments.word();
    BlockDevice* const device = device::block_device(selected);
    if (!device) {
        base::format(context.out, "blk: there is no block device\n");
        return;
    }
    for (const Action& action : actions)
        if (action.name == word) return action.run(context, *device, arguments);
    if (!word.empty()) base::format(context.out, "blk: there is no `blk {}`, but\n", word);
    for (const Action& action : actions)
        base::format(context.out, "  blk {:<8}{:<16}{}\n", action.name, action.usage, action.help);
}

} // namespace monitor
