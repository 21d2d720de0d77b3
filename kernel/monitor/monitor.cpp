// The prompt's loop: wait for a character, edit the line, execute it.
#include "kernel/monitor/monitor.h"

#include "kernel/base/line_editor.h"
#include "kernel/base/log.h"
#include "kernel/device/console_input.h"
#include "kernel/monitor/command.h"
#include "kernel/schedule/idle.h"

namespace monitor {
namespace {

constexpr std::string_view prompt = "trivium> ";

constinit base::LineEditor editor;

constexpr char escape = 0x1d; // Ctrl-]

char wait_for_character() {
    std::optional<char> character;
    schedule::idle_until([&] { return (character = device::read_character()).has_value(); });
    return *character;
}

void execute(std::string_view line, const Context& context) {
    Arguments arguments(line);
    const std::string_view name = arguments.word();
    if (name.empty()) return;
    for (const Command& command : commands())
        if (command.name == name) return command.run(context, arguments);
    base::format(context.out, "{}: no such command; `help` lists those there are\n", name);
}

void handle(base::LineEditor::Event event, const Context& context) {
    if (event == base::LineEditor::Event::none) return;
    if (event == base::LineEditor::Event::submitted) execute(editor.line(), context);
    if (event == base::LineEditor::Event::too_long)
        base::format(context.out, "that line is longer than {} characters and was not executed\n",
                     base::LineEditor::length_limit);
    editor.restart();
    context.out(prompt);
}

} // namespace

void run(const hal::BootInfo& boot_info) {
    const Context context{boot_info, base::console_sink()};
    base::print("Type `help` for a list of commands.\n{}", prompt);
    for (char character = wait_for_character(); character != escape; character = wait_for_character())
        handle(editor.feed(character, context.out), context);
    base::print("\n");
}

} // namespace monitor
