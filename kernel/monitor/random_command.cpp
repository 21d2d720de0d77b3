// The `random` command: everything that it prints.
#include "kernel/monitor/random_command.h"

#include <algorithm>
#include <array>

#include "kernel/device/console_input.h"
#include "kernel/device/interrupts.h"
#include "kernel/monitor/random_disk.h"
#include "kernel/random/random.h"
#include "kernel/schedule/idle.h"

namespace monitor {
namespace {

constexpr std::uint64_t byte_limit = 1 << 20;
constexpr std::size_t bytes_per_line = 32;

void print_line(std::span<const std::byte> bytes, base::Sink out) {
    base::Text<2 * bytes_per_line> line;
    for (const std::byte byte : bytes) base::format(line.sink(), "{:02x}", static_cast<std::uint8_t>(byte));
    base::format(out, "{}\n", line);
}

/// Waits for the first seed, which a slow device may take seconds for. False, and said why, if none comes.
bool wait_for_seed(base::Sink out) {
    std::expected<void, abi::Error> filled;
    bool interrupted = false;
    schedule::idle_until([&] {
        filled = randomness::fill({});
        return filled || filled.error() != abi::Error::would_block ||
               (interrupted = device::was_interrupted());
    });
    if (interrupted)
        base::format(out, "^C: the first seed is not gathered yet\n");
    else if (!filled)
        base::format(out, "random: {}: there is no entropy source that works (RNG=on attaches one)\n",
                     filled.error());
    return filled.has_value();
}

/// Serves interrupts between the lines, so that Ctrl-C is seen and new seeds arrive.
void print_numbers(std::uint64_t count, base::Sink out) {
    std::array<std::byte, bytes_per_line> bytes;
    while (count > 0) {
        const auto line = std::span(bytes).first(std::min(count, bytes_per_line));
        if (const auto filled = randomness::fill(line); !filled)
            return base::format(out, "random: {}\n", filled.error());
        print_line(line, out);
        count -= line.size();
        device::dispatch_interrupts();
        if (device::was_interrupted()) return base::format(out, "^C\n");
    }
}

void print_statistics(base::Sink out) {
    const randomness::Statistics now = randomness::statistics();
    base::format(out, "source: {}\n", now.source.empty() ? "none" : now.source);
    base::format(out, "entropy: {} bytes; answers: {}; seeds: {}\n", now.collected, now.answers, now.seeds);
    base::format(out, "output: {} bytes\n", now.given);
}

/// The quarter round of RFC 8439, 2.1.1, and the block of 2.3.2, for which the counter is 1 and the nonce
/// ends with a word of 0.
void show_chacha20(std::uint32_t counter, std::uint8_t last, base::Sink out) {
    randomness::ChaCha20State state{0x11111111, 0x01020304, 0x9b8d6f43, 0x01234567};
    randomness::quarter_round(state, 0, 1, 2, 3);
    base::format(out, "quarter round: {:08x} {:08x} {:08x} {:08x}\n", state[0], state[1], state[2], state[3]);

    randomness::Key key;
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i);
    const randomness::Nonce nonce{std::byte{0}, std::byte{0}, std::byte{0}, std::byte{9},
                                  std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0x4a},
                                  std::byte{0}, std::byte{0}, std::byte{0}, std::byte{last}};
    randomness::Block block;
    randomness::chacha20_block(key, counter, nonce, block);
    base::format(out, "block {}:\n", counter);
    print_line(std::span(block).first(bytes_per_line), out);
    print_line(std::span(block).last(bytes_per_line), out);
}

void explain(base::Sink out) {
    base::format(out, "random: N bytes, at most {}; or `disk SECTOR N`, `stat`, `test`\n", byte_limit);
}

void fill_disk(Arguments arguments, base::Sink out) {
    const auto sector = arguments.number();
    const auto sectors = arguments.number();
    if (!sector || !sectors || *sectors == 0) return explain(out);
    if (wait_for_seed(out)) write_random_sectors(*sector, *sectors, out);
}

} // namespace

void run_random(const Context& context, Arguments arguments) {
    Arguments behind = arguments;
    const std::string_view what = behind.word();
    if (what == "disk") return fill_disk(behind, context.out);
    if (what == "stat") return print_statistics(context.out);
    if (what == "test") {
        const auto counter = static_cast<std::uint32_t>(behind.number().value_or(1));
        return show_chacha20(counter, static_cast<std::uint8_t>(behind.number().value_or(0)), context.out);
    }
    const auto count = arguments.number();
    if (!count || *count == 0 || *count > byte_limit) return explain(context.out);
    if (wait_for_seed(context.out)) print_numbers(*count, context.out);
}

} // namespace monitor
