// Programs that run in the background.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "kernel/base/text.h"
#include "user/lib/process.h"

namespace shell {

/// A program in the background, as it was typed.
struct Job {
    std::size_t number = 0; ///< From 1 on: `%1`.
    base::Text<64> text;
    trivium::Process process;
};

class Jobs {
public:
    static constexpr std::size_t limit = 16;

    constexpr Jobs() = default;

    bool is_full() const;
    /// Adds a job under the lowest free number and tells of it. Must not be full.
    void add(std::string_view text, trivium::Process process);
    /// The running job whose process that is, or whose number, as `%1`; or null.
    const Job* find(std::string_view name) const;
    /// Tells of the jobs that have ended since, and forgets them.
    void report_ended();
    void list() const;

private:
    std::array<std::optional<Job>, limit> jobs_{};
};

/// The exit code that `$?` shows for an end: its own, and something else than success for one by force.
std::int64_t shown_code(const trivium::End& end);

} // namespace shell
