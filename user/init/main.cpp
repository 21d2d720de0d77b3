// init, the first process: starts the shell, and starts it again whenever it has ended.
#include "user/lib/grants.h"
#include "user/lib/print.h"
#include "user/lib/process.h"
#include "user/lib/program.h"
#include "user/lib/time.h"

using namespace trivium;

namespace {

/// Above the programs that the shell starts: whatever they do, it answers.
constexpr std::uint8_t shell_priority = 24;

Result<Process> start_shell() {
    auto grants = GrantList::usual();
    if (const auto added = grants.add_named("console", right::read | right::write | right::grant); !added)
        return std::unexpected(added.error());
    const std::string_view arguments[] = {"shell"};
    return Process::spawn("shell",
                          {.arguments = arguments, .grants = grants.view(), .priority = shell_priority});
}

/// Runs one shell to its end.
Result<End> run_shell() {
    const auto shell = start_shell();
    if (!shell) return std::unexpected(shell.error());
    return shell->wait();
}

} // namespace

int main(Arguments) {
    for (;;) {
        if (const auto end = run_shell(); end)
            print("init: the shell ended: {}, code {}; starting it again\n", name(end->ending), end->code);
        else
            print("init: the shell does not start: {}; trying again\n", end.error());
        sleep_for(milliseconds(500)); // One that ends at once shall not keep the machine busy.
    }
}
