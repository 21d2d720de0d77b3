// Tells how long the machine has been up, and how busy each CPU was.
#include "user/lib/inspect.h"
#include "user/lib/print.h"
#include "user/lib/program.h"
#include "user/lib/threads.h"
#include "user/lib/time.h"

using namespace trivium;

int main(Arguments) {
    print("up {} seconds\n", in_seconds(now()));
    const auto listed = for_each_record<abi::CpuRecord>(abi::Topic::cpus, [](const auto& cpu) {
        print("CPU {}: busy {} s, idle {} s, {} timer interrupts\n", cpu.index,
              in_seconds({cpu.busy_nanoseconds}), in_seconds({cpu.idle_nanoseconds}), cpu.timer_interrupts);
    });
    if (!listed) print_error("uptime: {}\n", listed.error());
    return listed ? 0 : 1;
}
