// init, the first process: starts the driver that is a program, then the shell, and starts that again
// whenever it has ended.
#include "user/lib/grants.h"
#include "user/lib/handle.h"
#include "user/lib/print.h"
#include "user/lib/process.h"
#include "user/lib/program.h"
#include "user/lib/time.h"

using namespace trivium;

namespace {

/// Above the programs that the shell starts: whatever they do, it answers.
constexpr std::uint8_t shell_priority = 24;

/// Above the shell, for it serves whatever the shell starts.
constexpr std::uint8_t driver_priority = 26;

/// Of the rng service: to call, from the shell on. None where the machine has no entropy device for programs.
constinit Handle rng_endpoint{};

Result<void> start_rng() {
    const auto endpoint = call::create(abi::ObjectType::endpoint, 0);
    if (!endpoint) return std::unexpected(endpoint.error());
    GrantList grants;
    const Rights drive = right::read | right::manage;
    if (const auto added = grants.add_named("rng-device", drive | right::write); !added) return added;
    if (const auto added = grants.add_named("rng-interrupt", drive); !added) return added;
    if (const auto added = grants.add("rng-service", *endpoint, right::read); !added) return added;
    const std::string_view arguments[] = {"rng"};
    auto driver =
        Process::spawn("rng", {.arguments = arguments, .grants = grants.view(), .priority = driver_priority});
    if (!driver) return std::unexpected(driver.error());
    driver->forget();
    rng_endpoint = *endpoint;
    return {};
}

Result<Process> start_shell() {
    auto grants = GrantList::usual();
    if (rng_endpoint)
        if (const auto added = grants.add("rng", rng_endpoint, right::write | right::call | right::grant);
            !added)
            return std::unexpected(added.error());
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
    if (open("rng-device"))
        if (const auto started = start_rng(); !started)
            print("init: the driver rng does not start: {}\n", started.error());
    for (;;) {
        if (const auto end = run_shell(); end)
            print("init: the shell ended: {}, code {}; starting it again\n", name(end->ending), end->code);
        else
            print("init: the shell does not start: {}; trying again\n", end.error());
        sleep_for(milliseconds(500)); // One that ends at once shall not keep the machine busy.
    }
}
