// Counting and dumping the CommitLog.
#include "kernel/monitor/commits.h"

#include <algorithm>

#include "kernel/object/table.h"

namespace monitor {
namespace {

constexpr std::size_t bytes_per_line = 32;

void print_line(std::span<const std::byte> bytes, base::Sink out) {
    base::Text<2 * bytes_per_line> line;
    for (const std::byte byte : bytes) base::format(line.sink(), "{:02x}", static_cast<std::uint8_t>(byte));
    base::format(out, "{}\n", line);
}

/// Lines end where the log's pieces do: whoever reads them takes no notice of line ends.
void print_piece(void* context, std::span<const std::byte> piece) {
    const base::Sink out = *static_cast<const base::Sink*>(context);
    for (; !piece.empty(); piece = piece.subspan(std::min(piece.size(), bytes_per_line)))
        print_line(piece.first(std::min(piece.size(), bytes_per_line)), out);
}

void print_summary(base::Sink out) {
    const axiom::State& state = object::state();
    base::format(out, "{} commits, digest {:#018x}\n", object::commit_log().sequence(), state.digest());
    base::format(out, "State: {} processes, {} objects, {} capabilities, epoch {}\n", state.process_count(),
                 state.object_count(), state.capability_count(), state.epoch());
    if (!object::commit_log().is_whole()) base::format(out, "the log has outgrown its ring, and is lost\n");
}

} // namespace

void run_commits(const Context& context, Arguments arguments) {
    base::Sink out = context.out;
    const std::string_view action = arguments.word();
    if (action.empty() || action == "dump")
        print_summary(out);
    else
        base::format(out, "commits: with nothing behind it, or with `dump`\n");
    if (action == "dump") object::commit_log().read(print_piece, &out);
}

} // namespace monitor
