// The shell: prompt, line, command, and again.
#include "user/lib/print.h"
#include "user/lib/program.h"
#include "user/shell/command_line.h"
#include "user/shell/shell.h"

namespace {

void run_line(shell::Shell& state, std::string_view line) {
    shell::CommandLine command;
    const auto parsed = command.parse(line, state.last_code);
    if (!parsed) {
        trivium::print_error("{}\n", parsed.error());
        state.last_code = shell::failed;
    } else if (!command.words().empty()) {
        state.last_code = shell::run_command(state, command.words(), command.background());
    }
}

} // namespace

int main(trivium::Arguments) {
    shell::Shell state;
    if (const auto watching = state.console.watch(); !watching)
        trivium::print_error("Ctrl-C will not end programs: {}\n", watching.error());
    while (!state.ended) {
        state.jobs.report_ended();
        const auto line = state.console.read_line();
        if (!line) return 1; // The console is gone, and with it whoever could be told.
        if (*line) run_line(state, **line);
    }
    return static_cast<int>(state.last_code);
}
