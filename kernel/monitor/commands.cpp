// The monitor's commands: each asks one room to show itself.
#include <array>

#include "hal/power.h"
#include "hal/timer.h"
#include "kernel/device/console_input.h"
#include "kernel/device/interrupts.h"
#include "kernel/memory/report.h"
#include "kernel/monitor/bench.h"
#include "kernel/monitor/blk.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/commits.h"
#include "kernel/monitor/device_list.h"
#include "kernel/monitor/memory_test.h"
#include "kernel/monitor/network_command.h"
#include "kernel/monitor/provoke.h"
#include "kernel/monitor/random_command.h"
#include "kernel/schedule/idle.h"
#include "kernel/schedule/timers.h"
#include "kernel/trace/log.h"

namespace monitor {
namespace {

void help(const Context& context, Arguments) {
    for (const Command& command : commands()) {
        const auto call = base::Text<40>::of("{} {}", command.name, command.usage);
        base::format(context.out, "  {:<18} {}\n", call.view(), command.help);
    }
}

void devices(const Context& context, Arguments) { print_devices(context.boot_info, context.out); }

void tree(const Context& context, Arguments) { hal::print_firmware_tree(context.out); }

void memory_(const Context& context, Arguments arguments) {
    if (arguments.empty()) return memory::report(context.boot_info, context.out);
    const bool is_test = arguments.word() == "test";
    const std::string_view kind = arguments.word();
    if (is_test)
        test_memory(kind, arguments.number().value_or(1), context.out);
    else
        base::format(context.out, "memory: with nothing behind it, or with `test frames` or `test heap`\n");
}

void interrupts(const Context& context, Arguments) { device::print_interrupts(context.out); }

/// Waits until `deadline` or Ctrl-C; false if it was the latter.
bool wait_until(base::Nanoseconds deadline) {
    bool expired = false;
    bool interrupted = false;
    schedule::Timer timer([](void* flag) { *static_cast<bool*>(flag) = true; }, &expired);
    schedule::start_timer(timer, deadline);
    schedule::idle_until([&] { return expired || (interrupted = device::was_interrupted()); });
    schedule::cancel_timer(timer);
    return !interrupted;
}

/// Each tick is due at its own multiple of a second from the start, so that delays do not add up.
void ticks(const Context& context, Arguments arguments) {
    const auto count = arguments.empty() ? 5 : arguments.number();
    if (!count || *count == 0 || *count > 86'400) {
        base::format(context.out, "ticks: how many? A number from 1 to 86400; Ctrl-C ends it early\n");
        return;
    }
    const base::Nanoseconds start = hal::now();
    for (std::uint64_t tick = 1; tick <= *count; ++tick) {
        if (!wait_until(start + base::seconds(tick))) {
            base::format(context.out, "^C\n");
            return;
        }
        base::format(context.out, "tick {}\n", tick);
    }
}

void uptime(const Context& context, Arguments) {
    const std::uint64_t microseconds = hal::now().value / 1'000;
    base::format(context.out, "up {}.{:06} s\n", microseconds / 1'000'000, microseconds % 1'000'000);
}

void log(const Context& context, Arguments) { trace::print_log(context.out); }

void panic(const Context& context, Arguments arguments) { provoke(arguments.word(), context.out); }

void reboot(const Context& context, Arguments) {
    base::format(context.out, "rebooting\n");
    hal::reboot();
}

void poweroff(const Context& context, Arguments) {
    base::format(context.out, "powering off\n");
    hal::power_off();
}

constexpr std::array all_commands{
    Command{"help", "", "this list", help},
    Command{"devices", "", "CPUs and devices that firmware told of", devices},
    Command{"tree", "", "everything that firmware says of the machine", tree},
    Command{"memory", "[test KIND]", "RAM, who uses it, and the heap; or tries the allocators out", memory_},
    Command{"interrupts", "", "the interrupt controller and how often each line fired", interrupts},
    Command{"random", "N", "N random bytes; or `disk SECTOR N`, `stat`, `test`", run_random},
    Command{"ticks", "[N]", "N ticks, a second apart (Ctrl-C ends them)", ticks},
    Command{"uptime", "", "time since boot", uptime},
    Command{"log", "", "what the kernel has logged", log},
    Command{"panic", "[KIND]", "crash on purpose; without KIND, lists the ways", panic},
    Command{"blk", "[ACTION ...]", "reads, writes and tests disks; without ACTION, lists what it can do",
            run_blk},
    Command{"commits", "[dump]", "the CommitLog: how many, and their digest; or all of it for replay",
            run_commits},
    Command{"bench", "[NAME]", "measures an operation; without NAME, lists what can be measured", run_bench},
    Command{"net", "[ACTION ...]", "the network: sends, pings, counts; without ACTION, lists what it can do",
            run_net},
    Command{"reboot", "", "start the machine again", reboot},
    Command{"poweroff", "", "switch the machine off", poweroff},
};

} // namespace

std::span<const Command> commands() { return all_commands; }

} // namespace monitor
