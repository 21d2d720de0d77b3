// Requests to the terminal, made again when it has been started again.
#include "user/shell/console.h"

#include "user/lib/print.h"
#include "user/lib/terminal.h"

namespace shell {

using namespace trivium;

namespace {

/// That of the shell itself, as init starts it.
constexpr std::uint8_t attendant_priority = 24;

/// Makes a request until its fate is known.
template <class Request>
auto insist(Request request) {
    for (;;)
        if (auto answer = request(); answer || answer.error() != Error::unanswered) return answer;
}

} // namespace

Result<void> Console::open() {
    const auto terminal = call::open("terminal");
    if (!terminal) return std::unexpected(terminal.error());
    terminal_ = *terminal;
    auto attendant = Thread::start(attend, this, attendant_priority);
    if (!attendant) return std::unexpected(attendant.error());
    attendant_ = std::move(*attendant);
    return {};
}

std::int64_t Console::attend(void* self) {
    auto& console = *static_cast<Console*>(self);
    while (trivium::attend(console.terminal_) == Error::unanswered) {
        const Locked locked(console.mutex_);
        if (console.foreground_) (void)trivium::set_foreground(console.terminal_, console.foreground_);
    }
    return 1;
}

/// Fails only when there is no terminal any more, and so nobody who could type Ctrl-C.
void Console::set_foreground(Handle process) {
    const Locked locked(mutex_);
    foreground_ = process;
    (void)insist([&] { return trivium::set_foreground(terminal_, process); });
}

Result<End> Console::wait(Handle process) {
    set_foreground(process);
    const auto end = call::wait(process);
    set_foreground({});
    return end;
}

Result<std::optional<std::string_view>> Console::read_line() {
    const auto line = insist([&] { return trivium::read_line(terminal_, prompt_, line_); });
    if (!line) return std::unexpected(line.error());
    if (line->end == LineEnd::submitted) return line->text;
    if (line->end == LineEnd::too_long)
        print_error("not executed: a line has at most {} characters\n", base::LineEditor::length_limit);
    return std::nullopt;
}

} // namespace shell
