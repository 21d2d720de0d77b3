// The console as a sink, and the log: each line stamped with time and CPU, shown, and kept.
#include "kernel/trace/log.h"

#include "hal/console.h"
#include "hal/cpu.h"
#include "hal/timer.h"
#include "kernel/base/log.h"
#include "kernel/trace/log_buffer.h"

namespace {

constinit trace::LogBuffer<64 * 1024> buffer;

void write_console(void*, std::string_view text) {
    for (const char character : text) {
        if (character == '\n') hal::console_put('\r');
        hal::console_put(character);
    }
}

} // namespace

namespace base {

Sink console_sink() { return {write_console, nullptr}; }

void log_line(std::string_view line) {
    const std::uint64_t microseconds = hal::now().value / 1'000;
    const auto stamped = Text<240>::of("[{:>5}.{:06} cpu{}] {}", microseconds / 1'000'000,
                                       microseconds % 1'000'000, hal::current_cpu().index, line);
    buffer.append(stamped);
    print("{}\n", stamped);
}

} // namespace base

namespace trace {

void print_log(base::Sink sink) {
    if (buffer.dropped() > 0) base::format(sink, "({} older lines are gone)\n", buffer.dropped());
    buffer.for_each([&](char character) { sink({&character, 1}); });
}

} // namespace trace
