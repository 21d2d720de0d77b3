// The shell's own commands: those that a program could not do for it.
#include <algorithm>
#include <array>

#include "user/lib/file.h"
#include "user/lib/number.h"
#include "user/lib/print.h"
#include "user/shell/shell.h"

namespace shell {

using namespace trivium;

namespace {

struct Command {
    std::string_view name;
    std::string_view usage;
    std::string_view meaning;
    std::size_t fewest_words;
    std::int64_t (*run)(Shell& shell, Words words, bool background);
};

std::int64_t echo(Shell&, Words words, bool) {
    Output output(abi::standard_output);
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (i > 1) output.append(" ");
        output.append(words[i]);
    }
    output.append("\n");
    return 0;
}

std::int64_t jobs(Shell& shell, Words, bool) {
    shell.jobs.list();
    return 0;
}

std::int64_t kill(Shell& shell, Words words, bool) {
    constexpr std::int64_t killed_code = 137;
    const Job* job = shell.jobs.find(words[1]);
    if (job == nullptr) {
        print_error("kill: {} is no job of this shell; `jobs` lists them\n", words[1]);
        return failed;
    }
    const auto killed = job->process.kill(killed_code);
    if (!killed && killed.error() != Error::not_running) {
        print_error("kill: {}: {}\n", words[1], killed.error());
        return failed;
    }
    return 0;
}

std::int64_t nice(Shell& shell, Words words, bool background) {
    const auto priority = parse_number(words[1]);
    if (!priority || *priority > abi::highest_priority) {
        print_error("nice: {} is no priority: from {} to {}, {} is usual\n", words[1], abi::lowest_priority,
                    abi::highest_priority, abi::default_priority);
        return failed;
    }
    return run_program(shell, words.subspan(2), {background, static_cast<std::uint8_t>(*priority)});
}

std::int64_t exit(Shell& shell, Words words, bool) {
    const auto code = words.size() > 1 ? parse_number(words[1]) : 0;
    if (!code) {
        print_error("exit: {} is no exit code\n", words[1]);
        return failed;
    }
    shell.ended = true;
    return static_cast<std::int64_t>(*code);
}

std::int64_t help(Shell&, Words, bool);

constexpr std::array<Command, 6> commands{{
    {"echo", "echo WORD...", "print the words; $? is the last exit code", 1, echo},
    {"exit", "exit [CODE]", "end the shell", 1, exit},
    {"help", "help", "this list", 1, help},
    {"jobs", "jobs", "programs that run in the background", 1, jobs},
    {"kill", "kill %JOB|PROCESS", "end one of them", 2, kill},
    {"nice", "nice PRIORITY PROGRAM...", "run a program at a priority (0 to 31; 16 is usual)", 3, nice},
}};

/// Prints the names of all programs, as many to a line as fit.
Result<void> list_programs() {
    constexpr std::size_t width = 76;
    Output output(abi::standard_output);
    std::size_t column = 0;
    const auto listed = for_each_file([&](const File& file) {
        if (!file.is_executable()) return;
        const bool fits = column + file.name().size() + 1 <= width;
        output.append(column == 0 ? "  " : fits ? " " : "\n  ");
        column = (fits ? column : 0) + file.name().size() + 1;
        output.append(file.name());
    });
    output.append("\n");
    return listed;
}

std::int64_t help(Shell&, Words, bool) {
    print("The shell's own commands:\n");
    for (const Command& command : commands) print("  {:<26}{}\n", command.usage, command.meaning);
    print("Programs; `&` behind one runs it in the background, `;` one after the other, Ctrl-C ends the one "
          "in front:\n");
    const auto listed = list_programs();
    if (!listed) print_error("help: no programs: {}\n", listed.error());
    return listed ? 0 : failed;
}

} // namespace

std::int64_t run_command(Shell& shell, Words words, bool background) {
    const auto command = std::ranges::find(commands, words.front(), &Command::name);
    if (command == commands.end()) return run_program(shell, words, {background, abi::default_priority});
    if (words.size() >= command->fewest_words) return command->run(shell, words, background);
    print_error("usage: {}\n", command->usage);
    return failed;
}

} // namespace shell
