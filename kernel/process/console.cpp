// Reading and printing. There is one console, and one object for it.
#include "kernel/process/console.h"

#include <algorithm>
#include <array>

#include "kernel/base/log.h"
#include "kernel/device/console_input.h"
#include "kernel/process/process.h"
#include "kernel/schedule/scheduler.h"

namespace process {
namespace {

constexpr char control_c = 3, escape_to_monitor = 0x1d; // Ctrl-]

constinit Console* the_console = nullptr;
constinit schedule::Interlude the_monitor = nullptr;
constinit bool monitor_has_the_console = false;

void drop_typed() {
    while (device::read_character()) {
    }
}

} // namespace

Console::Console() : Object(object_type) {
    the_console = this;
    device::set_console_hooks(on_character, on_input);
}

Console::~Console() {
    if (the_console == this) the_console = nullptr; // Else another init has another one already.
}

/// True when the character is not for readers. Called by the console's interrupt.
bool Console::on_character(char character) {
    if (monitor_has_the_console) return false;
    if (character == escape_to_monitor && the_monitor) {
        schedule::request_interlude(run_monitor);
        return true;
    }
    if (character == control_c) drop_typed();
    return false;
}

void Console::on_input() {
    if (monitor_has_the_console || !the_console) return;
    while (schedule::Thread* reader = the_console->readers_.front()) schedule::wake(*reader);
}

/// What the monitor has left unread is for the readers.
void Console::run_monitor() {
    monitor_has_the_console = true;
    schedule::pause_users(true);
    the_monitor();
    base::console_sink()("The programs go on.\n");
    monitor_has_the_console = false;
    schedule::pause_users(false);
    on_input();
}

std::expected<std::uint64_t, abi::Error> Console::read(const memory::UserBuffer& buffer) {
    if (buffer.size() == 0) return 0;
    std::array<std::byte, 64> line;
    std::size_t count = 0;
    while (count < std::min<std::uint64_t>(line.size(), buffer.size())) {
        const auto character = device::read_character();
        if (!character) break;
        line[count++] = static_cast<std::byte>(*character);
    }
    if (count == 0) {
        current_thread().context.repeat_system_call();
        schedule::wait(&readers_, std::nullopt, 0);
        return std::unexpected(abi::Error::would_block);
    }
    if (const auto written = buffer.write(0, std::span(line).first(count)); !written)
        return std::unexpected(written.error());
    return count;
}

std::expected<std::uint64_t, abi::Error> Console::write(const memory::UserBuffer& buffer) {
    constexpr std::uint64_t most = 4096; // A step; who has more calls again.
    std::array<std::byte, 256> part;
    std::uint64_t done = 0;
    while (done < std::min(buffer.size(), most)) {
        const auto piece =
            std::span(part).first(std::min<std::uint64_t>(part.size(), std::min(buffer.size(), most) - done));
        if (const auto read = buffer.read(done, piece); !read) {
            if (done > 0) return done;
            return std::unexpected(read.error());
        }
        base::console_sink()({reinterpret_cast<const char*>(piece.data()), piece.size()});
        done += piece.size();
    }
    return done;
}

void set_monitor(schedule::Interlude monitor) { the_monitor = monitor; }

} // namespace process
