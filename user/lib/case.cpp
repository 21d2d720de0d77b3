// Running cases: one in this process, watched by the clock, or each in a copy.
#include "user/lib/case.h"

#include <algorithm>
#include <array>

#include "user/lib/grants.h"
#include "user/lib/thread.h"
#include "user/lib/time.h"

namespace trivium {
namespace {

constexpr Nanoseconds long_enough = seconds(40);
constexpr std::string_view role_word = "as";

constinit std::string_view program;
constinit std::string_view current;

const Case* find(std::span<const Cases> parts, std::string_view name) {
    for (const Cases& part : parts)
        if (const auto found = std::ranges::find(part, name, &Case::name); found != part.end())
            return &*found;
    return nullptr;
}

std::int64_t watch(void*) {
    sleep_for(long_enough);
    fail("it takes too long");
}

/// The watching thread ends with the process.
int run_watched(const Case& chosen, bool is_role) {
    current = chosen.name;
    auto watcher = must(Thread::start(watch, nullptr), "start a thread that watches the clock");
    chosen.run();
    if (!is_role) print("ok {}\n", chosen.name);
    exit(0);
}

int run_all(const Suite& suite) {
    unsigned failed = 0;
    for (const Cases& part : suite.cases)
        for (const Case& each : part) {
            const std::string_view arguments[] = {program, each.name};
            const auto grants = GrantList::usual();
            const auto copy = Process::spawn(program, {.arguments = arguments, .grants = grants.view()});
            const auto end = copy ? copy->wait() : std::unexpected(copy.error());
            failed += !(end && end->ending == abi::Ending::exited && end->code == 0);
        }
    if (failed > 0) print("{}: {} failed\n", program, failed);
    return failed > 0 ? 1 : 0;
}

} // namespace

int run(const Suite& suite, Arguments arguments) {
    program = suite.program;
    if (arguments.size() == 1) return run_all(suite);
    const bool is_role = arguments[1] == role_word && arguments.size() > 2;
    const Case* const chosen = is_role ? find(suite.roles, arguments[2]) : find(suite.cases, arguments[1]);
    if (!chosen) {
        print_error("{}: there is no case {}\n", program, arguments[1]);
        return 2;
    }
    return run_watched(*chosen, is_role);
}

void fail(std::string_view what) {
    print("FAIL {} {}: {}\n", program, current, what);
    exit(1);
}

void fail(std::string_view what, std::string_view got) {
    print("FAIL {} {}: {}: got {}\n", program, current, what, got);
    exit(1);
}

Process start_bare_role(std::string_view role, std::span<const abi::Grant> given) {
    const std::string_view arguments[] = {program, role_word, role};
    return must(Process::spawn(program, {.arguments = arguments, .grants = given}), role);
}

Process start_role(std::string_view role, std::span<const abi::Grant> given) {
    const auto usual = GrantList::usual();
    std::array<abi::Grant, 2 * GrantList::limit> grants{};
    require(usual.view().size() + given.size() <= grants.size(), "grants for a role");
    const auto end = std::ranges::copy(given, std::ranges::copy(usual.view(), grants.begin()).out).out;
    return start_bare_role(role, {grants.begin(), end});
}

void finish(const Process& role) {
    const End end = must(role.wait(), "wait for a role");
    require(end.ending == abi::Ending::exited && end.code == 0, "a role has failed");
}

Handle given(std::string_view name) { return must(call::open(name), name); }

} // namespace trivium
