// What the shell's commands work on.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "user/shell/console.h"
#include "user/shell/jobs.h"

namespace shell {

using Words = std::span<const std::string_view>;

struct Shell {
    Console console{"$ "};
    Jobs jobs;
    std::int64_t last_code = 0; ///< What `$?` shows.
    bool ended = false;         ///< By `exit`, which leaves its code in last_code.
};

/// How the program that a command line names is to be run.
struct HowToRun {
    bool background = false;
    std::uint8_t priority = 0;
};

/// Codes of the shell's own making.
inline constexpr std::int64_t failed = 1;
inline constexpr std::int64_t not_a_program = 126;
inline constexpr std::int64_t not_found = 127;

/// Runs a program and, unless it goes to the background, waits for its end. Returns what `$?` becomes.
std::int64_t run_program(Shell& shell, Words words, const HowToRun& how);

/// Runs a command line: a command of the shell's own, or a program. Returns what `$?` becomes.
std::int64_t run_command(Shell& shell, Words words, bool background);

} // namespace shell
