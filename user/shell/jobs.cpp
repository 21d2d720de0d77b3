// The table of jobs.
#include "user/shell/jobs.h"

#include <algorithm>

#include "user/lib/number.h"
#include "user/lib/print.h"

namespace shell {

using namespace trivium;

bool Jobs::is_full() const {
    return std::ranges::all_of(jobs_, [](const auto& job) { return job.has_value(); });
}

void Jobs::add(std::string_view text, Process process) {
    const auto place = std::ranges::find_if(jobs_, [](const auto& job) { return !job; });
    const auto number = static_cast<std::size_t>(place - jobs_.begin()) + 1;
    print("[{}] process {}\n", number, process.id());
    place->emplace(Job{number, base::Text<64>(text), std::move(process)});
}

const Job* Jobs::find(std::string_view name) const {
    const bool is_job = name.starts_with('%');
    const auto number = parse_number(name.substr(is_job ? 1 : 0));
    if (!number) return nullptr;
    for (const auto& job : jobs_)
        if (job && (is_job ? job->number : job->process.id()) == *number) return &*job;
    return nullptr;
}

void Jobs::report_ended() {
    for (auto& job : jobs_) {
        if (!job) continue;
        const auto end = job->process.wait(0);
        if (!end && end.error() == Error::timed_out) continue;
        if (end)
            print("[{}] {}: {}, code {}\n", job->number, job->text, name(end->ending), end->code);
        else
            print("[{}] {}: {}\n", job->number, job->text, end.error());
        job.reset();
    }
}

void Jobs::list() const {
    for (const auto& job : jobs_)
        if (job) print("[{}] process {}: {}\n", job->number, job->process.id(), job->text);
}

std::int64_t shown_code(const End& end) {
    constexpr std::int64_t by_force = 128;
    if (end.ending == abi::Ending::exited) return end.code;
    if (end.ending == abi::Ending::killed && end.code != 0) return end.code;
    return by_force + static_cast<std::int64_t>(end.ending);
}

} // namespace shell
