// The shell: prompt, line, command, and again.
#include "user/lib/print.h"
#include "user/lib/program.h"
#include "user/shell/command_line.h"
#include "user/shell/shell.h"

namespace {

/// Each command in turn, until one of them can't be read.
void run_line(shell::Shell& state, std::string_view line) {
    shell::CommandLine command;
    do {
        if (const auto parsed = command.parse_next(line, state.last_code); !parsed) {
            trivium::print_error("{}\n", parsed.error());
            state.last_code = shell::failed;
            return;
        }
        if (!command.words().empty())
            state.last_code = shell::run_command(state, command.words(), command.background());
    } while (!line.empty() && !state.ended);
}

} // namespace

int main(trivium::Arguments) {
    shell::Shell state;
    if (const auto opened = state.console.open(); !opened) {
        trivium::print_error("shell: there is no terminal to read from: {}\n", opened.error());
        return 1;
    }
    while (!state.ended) {
        state.jobs.report_ended();
        const auto line = state.console.read_line();
        if (!line) return 1; // The terminal is gone, and with it whoever could be told.
        if (*line) run_line(state, **line);
    }
    return static_cast<int>(state.last_code);
}
