// A program that runs itself again, with other arguments: to do in a process of its own what that shall not
// outlive, or to have company.
#pragma once

#include <string_view>

#include "user/lib/grants.h"
#include "user/lib/process.h"

namespace trivium {

/// Starts `program` with up to two arguments, what this process was given, and its output. Errors as of
/// Process::spawn.
inline Result<Process> start_copy(std::string_view program, std::string_view first,
                                  std::string_view second = {},
                                  std::uint8_t priority = abi::default_priority) {
    const std::string_view arguments[] = {program, first, second};
    const auto grants = GrantList::usual();
    return Process::spawn(program, {.arguments = std::span(arguments).first(second.empty() ? 2 : 3),
                                    .grants = grants.view(),
                                    .priority = priority});
}

/// The same, and waits for its end.
inline Result<End> run_copy(std::string_view program, std::string_view first, std::string_view second = {}) {
    const auto process = start_copy(program, first, second);
    if (!process) return std::unexpected(process.error());
    return process->wait();
}

} // namespace trivium
