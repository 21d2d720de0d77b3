// Reads lines, and watches for Ctrl-C in a thread of its own.
#include "user/shell/console.h"

#include <utility>

#include "user/lib/print.h"
#include "user/lib/time.h"

namespace shell {

using namespace trivium;

namespace {

constexpr char control_c = 0x03;

/// That of the shell itself, as init starts it: no program of the shell's keeps Ctrl-C from being noticed.
constexpr std::uint8_t watcher_priority = 24;

/// Characters are taken one at a time: those behind the line are for the program that it starts.
Result<char> read_character() {
    char character = 0;
    const auto count = call::read(abi::standard_input, std::as_writable_bytes(std::span(&character, 1)));
    if (!count) return std::unexpected(count.error());
    if (*count == 0) return std::unexpected(Error::gone);
    return character;
}

} // namespace

Result<void> Console::watch() {
    const auto console = call::open("console");
    if (!console) return std::unexpected(console.error());
    console_ = *console;
    auto watcher = Thread::start(watch_for_interrupt, this, watcher_priority);
    if (!watcher) return std::unexpected(watcher.error());
    watcher_ = std::move(*watcher);
    return {};
}

std::int64_t Console::watch_for_interrupt(void* self) {
    auto& console = *static_cast<Console*>(self);
    for (;;) {
        const auto typed = call::wait(console.console_);
        if (!typed) return 1;
        console.on_interrupt(static_cast<std::uint64_t>(typed->code));
    }
}

/// One that was typed before the line that is executed now has dropped another line, and no more: this thread
/// may come to it late.
void Console::on_interrupt(std::uint64_t time) {
    const Locked locked(mutex_);
    if (time < line_time_) return;
    if (phase_ == Phase::waiting) kill_waited_for();
    if (phase_ == Phase::busy) interrupted_ = true;
}

/// Ctrl-C is among what was typed, too: unless the program has read it, it is not for the next line.
void Console::kill_waited_for() {
    (void)call::kill(process_, interrupted_code); // Or it has just ended.
    skip_interrupt_ = true;
}

void Console::set(Phase phase, Handle process) {
    const Locked locked(mutex_);
    phase_ = phase;
    process_ = process;
    const bool was_interrupted = std::exchange(interrupted_, false);
    if (phase == Phase::waiting && was_interrupted) kill_waited_for();
}

Result<End> Console::wait(Handle process) {
    set(Phase::waiting, process);
    const auto end = call::wait(process);
    set(Phase::busy);
    return end;
}

Result<std::optional<std::string_view>> Console::read_line() {
    editor_.restart();
    print("{}", prompt_);
    set(Phase::reading);
    const auto line = edit_line();
    set(Phase::busy);
    return line;
}

bool Console::is_to_skip(char character) {
    const Locked locked(mutex_);
    return std::exchange(skip_interrupt_, false) && character == control_c;
}

std::string_view Console::accept(std::uint64_t time) {
    const Locked locked(mutex_);
    line_time_ = time;
    return editor_.line();
}

Result<std::optional<std::string_view>> Console::edit_line() {
    using Event = base::LineEditor::Event;
    for (;;) {
        const std::uint64_t time = now().value; // Whatever Ctrl-C was typed before this character is older.
        const auto character = read_character();
        if (!character) return std::unexpected(character.error());
        if (is_to_skip(*character)) continue;
        Output echo(abi::standard_output);
        const Event event = editor_.feed(*character, echo.sink());
        if (event == Event::submitted) return accept(time);
        if (event == Event::too_long)
            print_error("not executed: a line has at most {} characters\n", base::LineEditor::length_limit);
        if (event != Event::none) return std::nullopt;
    }
}

} // namespace shell
