// The prompt's loop: wait for a character, edit the line, execute it.
#include "kernel/monitor/monitor.h"

#include "kernel/base/log.h"
#include "kernel/device/console_input.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/line_editor.h"
#include "kernel/monitor/network.h"
#include "kernel/schedule/idle.h"

namespace monitor {
namespace {

constexpr std::string_view prompt = "trivium> ";

constinit LineEditor editor;

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

void handle(LineEditor::Event event, const Context& context) {
    if (event == LineEditor::Event::none) return;
    if (event == LineEditor::Event::submitted) execute(editor.line(), context);
    if (event == LineEditor::Event::too_long)
        base::format(context.out, "that line is longer than {} characters and was not executed\n",
                     LineEditor::length_limit);
    editor.restart();
    context.out(prompt);
}

} // namespace

void run(const hal::BootInfo& boot_info) {
    network_initialize(boot_info);
    const Context context{boot_info, base::console_sink()};
    base::print("Type `help` for a list of commands.\n{}", prompt);
    for (;;) handle(editor.feed(wait_for_character(), context.out), context);
}

} // namespace monitor
